import type { Pause } from '@keycourier/runtime/stretches';

import { judgeRow, type BatchSender } from './judge-row.ts';
import { maxRows } from './limits.ts';
import { UnreadableFile, type RawRow } from './raw-row.ts';

/** The rows of a file. @throws UnreadableFile where they are too many, or none */
export async function* countRows(rows: AsyncIterable<readonly RawRow[]>): AsyncGenerator<readonly RawRow[]> {
  let isEmpty = true;
  for await (const some of rows) {
    if ((some.at(-1)?.row ?? 0) > maxRows) throw new UnreadableFile({ field: 'file', code: 'too_many_rows' });
    if (some.length === 0) continue;
    isEmpty = false;
    yield some;
  }
  if (isEmpty) throw new UnreadableFile({ field: 'file', code: 'no_rows' });
}

/**
 * Reads a whole file, which takes a small part of the time of writing it: one that is refused as a whole, if only for its
 * last row, has then cost the database nothing.
 * @throws UnreadableFile from the file's reader and for a wrong number of rows, and what the sender refuses overrides with
 */
export async function checkRows(
  sender: BatchSender,
  rows: AsyncIterable<readonly RawRow[]>,
  pause: Pause,
): Promise<void> {
  const mayOverride = sender.refuseOverrides() === null;
  for await (const some of countRows(rows)) {
    // Nothing else of a row refuses the file.
    if (!mayOverride)
      for (const row of some) {
        judgeRow(sender, row);
        await pause();
      }
    await pause();
  }
}
