import type { Answer } from '@keycourier/http/answer';

import type { Failure } from './batch-thread-messages.ts';
import type { BatchToWrite } from './batch-to-write.ts';

/** What writing a batch threw in the thread, or why the thread did not answer. */
export class BatchThreadError extends Error {
  readonly code: string;
  readonly level = 'error';

  constructor({ message, code = 'not_written', stack }: Failure, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BatchThreadError';
    this.code = code;
    if (stack !== undefined) this.stack = stack;
  }
}

/** The batches that a thread has been given and has not answered. */
export interface WaitingBatches {
  /** The number is that of its answer. */
  add: (batch: BatchToWrite) => { number: number; answer: Promise<Answer> };
  answer: (number: number, answer: Answer) => void;
  fail: (number: number, error: BatchThreadError) => void;
  failAll: (error: BatchThreadError) => void;
  /** Whose they are. */
  tenants: () => ReadonlySet<string>;
}

interface WaitingBatch {
  tenant: string;
  resolve: (answer: Answer) => void;
  reject: (error: BatchThreadError) => void;
}

export function createWaitingBatches(): WaitingBatches {
  const waiting = new Map<number, WaitingBatch>();
  let count = 0;
  const take = (number: number): WaitingBatch | undefined => {
    const batch = waiting.get(number);
    waiting.delete(number);
    return batch;
  };
  return {
    add: ({ sender }) => {
      count += 1;
      const number = count;
      const answer = new Promise<Answer>((resolve, reject) => {
        waiting.set(number, { tenant: sender.tenant.name, resolve, reject });
      });
      return { number, answer };
    },
    answer: (number, answer) => take(number)?.resolve(answer),
    fail: (number, error) => take(number)?.reject(error),
    failAll: (error) => {
      for (const number of waiting.keys()) take(number)?.reject(error);
    },
    tenants: () => new Set(Array.from(waiting.values(), ({ tenant }) => tenant)),
  };
}
