import { Readable } from 'node:stream';

import type { Api } from '../api/client.ts';
import { batch, type Batch } from '../api/shapes.ts';
import { showProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { bytesOf, type BatchFile } from './batch-file.ts';

/** The API commits a large batch in one transaction before it answers. */
const timeoutMs = 15 * 60_000;

export interface Upload {
  file: BatchFile;
  dryRun: boolean;
  /** Replaces the key made from the file's content, to request the same rows again. */
  idempotencyKey: string | undefined;
}

/** Sends the file. The same file sent again gets the same answer and creates nothing. */
export async function upload(terminal: Terminal, api: Api, { file, dryRun, idempotencyKey }: Upload): Promise<Batch> {
  const progress = showProgress(terminal, { label: 'sending', total: file.sizeBytes, unit: 'bytes' });
  let sent = 0;
  const bytes = bytesOf(file, (count) => {
    sent += count;
    progress.update(sent, sent === file.sizeBytes ? 'sent, waiting for the answer' : 'sending');
  });
  try {
    return await api.request(batch, {
      method: 'POST',
      path: '/v1/batches',
      query: { dryRun: dryRun ? 'true' : undefined },
      stream: {
        body: Readable.toWeb(Readable.from(bytes)),
        mediaType: file.format === 'csv' ? 'text/csv' : 'application/json',
      },
      idempotencyKey: idempotencyKey ?? `batch-${dryRun ? 'dry-run-' : ''}${file.digest}`,
      timeoutMs,
    });
  } finally {
    progress.end();
  }
}
