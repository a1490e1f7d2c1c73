import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { at, type Api } from '../api/client.ts';
import { batchRows, type BatchRow } from '../api/shapes.ts';
import { CliError } from '../errors.ts';

/** Statuses of rows that an operator must look at. */
const statuses = ['rejected', 'held', 'failed'] as const;

/** The rows of a batch that need attention, in the order of the file. */
export async function readRowsNeedingAttention(api: Api, batchId: string): Promise<BatchRow[]> {
  const found: BatchRow[] = [];
  for (const status of statuses) for await (const row of readRows(api, batchId, status)) found.push(row);
  return found.toSorted((one, other) => one.row - other.row);
}

async function* readRows(api: Api, batchId: string, status: string): AsyncGenerator<BatchRow> {
  let cursor: string | null = null;
  do {
    const page: { items: BatchRow[]; nextCursor: string | null } = await api.request(batchRows, {
      method: 'GET',
      path: at`/v1/batches/${batchId}/rows`,
      query: { status, limit: '100', cursor: cursor ?? undefined },
    });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/**
 * Writes the result of every row to a file. It contains logins, so only its owner may read it.
 * @throws CliError
 */
export async function writeResult(api: Api, batchId: string, path: string): Promise<void> {
  const output = createWriteStream(path, { mode: 0o600 });
  await pipeline(api.download(at`/v1/batches/${batchId}/result.csv`), output).catch((cause: unknown) => {
    if (cause instanceof CliError) throw cause;
    throw new CliError('refused', `batch ${batchId} was accepted, but ${path} cannot be written`, { cause });
  });
}
