import type { FileHandle } from 'node:fs/promises';

import { at, type Api } from '../api/client.ts';
import { batchRows, type BatchRow } from '../api/shapes.ts';
import { statusesOfAttention } from '../commands/statuses.ts';
import { CliError } from '../errors.ts';

/** The rows of a batch that need attention, in the order of the file. */
export async function readRowsNeedingAttention(api: Api, batchId: string): Promise<BatchRow[]> {
  const found: BatchRow[] = [];
  for (const status of ['rejected', ...statusesOfAttention])
    for await (const row of readRows(api, batchId, status)) found.push(row);
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

export interface ResultFile {
  file: FileHandle;
  path: string;
}

/**
 * Writes the result of every row to an open file, from its start.
 * @throws CliError
 */
export async function writeResult(api: Api, batchId: string, { file, path }: ResultFile): Promise<void> {
  try {
    await file.truncate();
    let position = 0;
    for await (const chunk of api.download(at`/v1/batches/${batchId}/result.csv`))
      position += (await file.write(chunk, 0, chunk.length, position)).bytesWritten;
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('refused', `batch ${batchId} was accepted, but ${path} cannot be written`, { cause });
  }
}
