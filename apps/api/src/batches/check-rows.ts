import type { Pause } from '@keycourier/runtime/stretches';

import type { Caller } from '../endpoint.ts';
import { refuseAddresses } from '../shipments/refuse-addresses.ts';
import { judgeRow } from './judge-row.ts';
import { maxRows } from './limits.ts';
import { UnreadableFile, type RawRow } from './raw-row.ts';

/** The rows of a file. @throws UnreadableFile where they are too many, or none */
export async function* countRows(rows: AsyncIterable<RawRow>): AsyncGenerator<RawRow> {
  let isEmpty = true;
  for await (const row of rows) {
    if (row.row > maxRows) throw new UnreadableFile({ field: 'file', code: 'too_many_rows' });
    isEmpty = false;
    yield row;
  }
  if (isEmpty) throw new UnreadableFile({ field: 'file', code: 'no_rows' });
}

/**
 * Reads a whole file, which takes a small part of the time of writing it: one that is refused as a whole, if only for its
 * last row, has then cost the database nothing.
 * @throws UnreadableFile from the file's reader and for a wrong number of rows, AddressesRefused
 */
export async function checkRows(caller: Caller, rows: AsyncIterable<RawRow>, pause: Pause): Promise<void> {
  const mayOverride = refuseAddresses(caller, 'override') === null;
  for await (const row of countRows(rows)) {
    // Nothing else of a row refuses the file.
    if (!mayOverride) judgeRow(caller, row);
    await pause();
  }
}
