import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { at, type Api } from '../api/client.ts';
import { batchRows, type BatchRow } from '../api/shapes.ts';
import { CliError } from '../errors.ts';

/** What a row may be that came to nothing, or waits for a person. */
const troubles = ['rejected', 'held', 'failed'] as const;

/** The rows of a batch that need somebody, in the order of the file. */
export async function readTroubledRows(api: Api, batchId: string): Promise<BatchRow[]> {
  const found: BatchRow[] = [];
  for (const status of troubles) for await (const row of readRows(api, batchId, status)) found.push(row);
  return found.toSorted((one, other) => one.row - other.row);
}

async function* readRows(api: Api, batchId: string, status: string): AsyncGenerator<BatchRow> {
  let cursor: string | null = null;
  do {
    const page: { items: BatchRow[]; nextCursor: string | null } = await api.ask(batchRows, {
      method: 'GET',
      path: at`/v1/batches/${batchId}/rows`,
      query: { status, limit: '100', cursor: cursor ?? undefined },
    });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/**
 * Writes what became of every row into a file: it names people, so it is its owner's alone.
 * @throws CliError
 */
export async function writeResult(api: Api, batchId: string, path: string): Promise<void> {
  const written = createWriteStream(path, { mode: 0o600 });
  await pipeline(api.download(at`/v1/batches/${batchId}/result.csv`), written).catch((cause: unknown) => {
    if (cause instanceof CliError) throw cause;
    throw new CliError('refused', `${batchId} was taken, and ${path} cannot be written`, { cause });
  });
}
