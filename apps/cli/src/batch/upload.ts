import { Readable } from 'node:stream';

import type { Api } from '../api/client.ts';
import { batch, type Batch } from '../api/shapes.ts';
import { showProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { bytesOf, type BatchFile } from './batch-file.ts';

/** A large batch is one transaction of the API's, and is answered when all of it is committed. */
const timeoutMs = 15 * 60_000;

export interface Upload {
  dryRun: boolean;
  /** Another than the file's own, for somebody who means the same rows a second time. */
  idempotencyKey: string | undefined;
}

/** Sends the file. The same file again gets the same answer, and opens nothing twice. */
export async function upload(terminal: Terminal, api: Api, file: BatchFile, options: Upload): Promise<Batch> {
  const progress = showProgress(terminal, { what: 'sending', total: file.sizeBytes, unit: 'bytes' });
  let sent = 0;
  const bytes = bytesOf(file, (count) => {
    sent += count;
    progress.update(sent, sent === file.sizeBytes ? 'sent, waiting for the answer' : 'sending');
  });
  try {
    return await api.ask(batch, {
      method: 'POST',
      path: '/v1/batches',
      query: { dryRun: options.dryRun ? 'true' : undefined },
      stream: {
        body: Readable.toWeb(Readable.from(bytes)),
        mediaType: file.format === 'csv' ? 'text/csv' : 'application/json',
      },
      idempotencyKey: options.idempotencyKey ?? `batch-${options.dryRun ? 'rehearsal-' : ''}${file.digest}`,
      timeoutMs,
    });
  } finally {
    progress.end();
  }
}
