import { once } from 'node:events';
import { Worker, type TransferListItem } from 'node:worker_threads';

import type { LedgerOptions } from '@keycourier/ledger/connect-ledger';
import type { FileContention } from '@keycourier/runtime/contention';

import { fromThread, type ThreadData, type ToThread } from './batch-thread-messages.ts';
import type { BatchToWrite, WriteBatch } from './batch-to-write.ts';
import { reportContention } from './report-contention.ts';
import { BatchThreadError, createWaitingBatches, type WaitingBatches } from './waiting-batches.ts';

/** In which batches are written. One that ends by itself is replaced at the next batch. */
export interface BatchThread {
  /** @throws BatchThreadError for what writing throws, with its code, or when the thread ends before its answer */
  writeBatch: WriteBatch;
  /** Ends the thread and its connections, when its batches are written. */
  close: () => Promise<void>;
}

interface Options {
  ledger: LedgerOptions;
  tenants: readonly string[];
  /** Of the process, whose other threads say who has work. */
  contention: Pick<FileContention, 'isContended'>;
}

/** It reads and judges in pieces, and no part of a file stays: what V8 cannot collect within this is a bug. */
const heapMb = { old: 64, young: 8 };

/**
 * Batches are written in a thread with connections of its own: of a file, the process then does nothing but receive it, and what reading leaves
 * behind in memory is collected there. Other requests wait for neither.
 */
export function createBatchThread(options: Options): BatchThread {
  let running = startThread(options);
  return {
    writeBatch: (batch) => {
      if (running.hasEnded()) running = startThread(options);
      return running.write(batch);
    },
    close: () => running.close(),
  };
}

interface RunningThread {
  write: WriteBatch;
  hasEnded: () => boolean;
  close: () => Promise<void>;
}

function startThread({ ledger, tenants, contention }: Options): RunningThread {
  const worker = new Worker(new URL('./batch-thread.js', import.meta.url), {
    name: 'batches',
    workerData: dataOf(ledger, tenants),
    resourceLimits: { maxOldGenerationSizeMb: heapMb.old, maxYoungGenerationSizeMb: heapMb.young },
  });
  const post = (message: ToThread, transferred: readonly TransferListItem[] = []): void =>
    worker.postMessage(message, transferred);
  const waiting = createWaitingBatches();
  const reporting = reportContention({ waiting, contention, post });
  let hasEnded = false;
  followThread(worker, waiting, {
    onDisconnect: (error) => ledger.onPoolError?.(error),
    onEnd: () => {
      hasEnded = true;
    },
  });
  return {
    hasEnded: () => hasEnded,
    write: (batch) => {
      const { number, answer } = waiting.add(batch);
      reporting.report();
      post({ kind: 'batch', number, batch }, transferredWith(batch));
      return answer.finally(reporting.stopUnlessNeeded);
    },
    close: async () => {
      if (hasEnded) return;
      post({ kind: 'close' });
      await once(worker, 'exit');
    },
  };
}

function followThread(
  worker: Worker,
  waiting: WaitingBatches,
  { onDisconnect, onEnd }: { onDisconnect: (error: Error) => void; onEnd: () => void },
): void {
  worker.on('message', (received: unknown) => {
    const message = fromThread.parse(received);
    switch (message.kind) {
      case 'answer':
        waiting.answer(message.number, message.answer);
        return;
      case 'failed':
        waiting.fail(message.number, new BatchThreadError(message.failure));
        return;
      case 'disconnected':
        onDisconnect(new BatchThreadError(message.failure));
    }
  });
  const end = (failure: BatchThreadError): void => {
    onEnd();
    waiting.failAll(failure);
  };
  worker.on('error', (cause) =>
    end(new BatchThreadError({ message: 'The thread of batches failed', code: 'thread_failed' }, { cause })),
  );
  worker.on('exit', () => end(new BatchThreadError({ message: 'The thread of batches ended', code: 'thread_ended' })));
}

function dataOf({ databaseUrl, maxConnections, use = 'bulk', ...ledger }: LedgerOptions, tenants: readonly string[]) {
  const settingsOf = (tenant: string) => ({
    maxRequestsInFlight: ledger.maxRequestsInFlight(tenant),
    areNamesSearchable: ledger.areNamesSearchable?.(tenant) ?? true,
  });
  return {
    databaseUrl,
    use,
    maxConnections,
    sealingKeys: ledger.sealing.sealingKeys,
    tenants: Object.fromEntries(tenants.map((tenant) => [tenant, settingsOf(tenant)])),
  } satisfies ThreadData;
}

/** The file of a body, which is of no use here any more. */
const transferredWith = (batch: BatchToWrite): readonly TransferListItem[] =>
  batch.kind === 'file' && batch.body.in === 'file' ? [batch.body.file] : [];
