import { Worker } from 'node:worker_threads';

import type { Pause } from '@keycourier/runtime/stretches';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import type { Sealing } from '../sealing.ts';
import { columnsOfNew } from '../shipments/insert-shipments.ts';
import { newShipment } from '../shipments/new-shipment.ts';
import {
  prepareRows,
  type BatchRequest,
  type PreparedRow,
  type PreparedRows,
  type RowRequest,
} from './prepare-rows.ts';
import { threadResult, type ThreadWork } from './thread-messages.ts';

/** Prepares the rows of one batch. */
export interface Preparer {
  /** As prepareRows(): by the thread where there are many, else here. Parts may be prepared at once; each is whole. */
  prepare: (chunk: { batch: BatchRequest; rows: readonly RowRequest[] }, pause: Pause) => Promise<PreparedRows | null>;
  close: () => Promise<void>;
}

/** A smaller part is prepared here: others have work, or it is the last. */
const fewestRows = 100;

/** Before so many rows no thread is started: that takes as long as to prepare two thousand. */
const startsAfterRows = 500;

/** The rows of a few parts: some hundred kB each. */
const heapMb = { old: 48, young: 8 };

/**
 * Of a long batch the rows are prepared by a thread, which seals and makes JSON on another core while this one reads, checks and
 * sends them. Until it is ready, and where it fails, they are prepared here.
 */
export function startPreparing(ledger: Pick<Ledger, 'sealing' | 'now'>): Preparer {
  let prepared = 0;
  let thread: PreparingThread | null = null;
  return {
    prepare: async (chunk, pause) => {
      const { batch, rows } = chunk;
      const [head] = rows;
      const areMany = rows.length >= fewestRows;
      if (areMany && prepared >= startsAfterRows) thread ??= startThread(ledger.sealing);
      prepared += rows.length;
      const byThread = areMany ? await thread?.prepare(rows) : undefined;
      if (head === undefined || byThread === undefined) return prepareRows(ledger, chunk, pause);
      const first = newShipment(ledger, { ...batch, ...head });
      return { first, common: columnsOfNew(ledger, first), rows: byThread };
    },
    close: async () => thread?.close(),
  };
}

interface PreparingThread {
  /** Undefined where the thread is not ready, or has failed. */
  prepare: (rows: readonly RowRequest[]) => Promise<readonly PreparedRow[] | undefined>;
  close: () => Promise<void>;
}

function startThread({ sealingKeys }: Sealing): PreparingThread {
  const worker = new Worker(new URL('./prepare-thread.js', import.meta.url), {
    name: 'prepare-rows',
    workerData: { sealingKeys },
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMb.old, maxYoungGenerationSizeMb: heapMb.young },
  });
  const waiting = new Map<number, (rows: readonly PreparedRow[] | undefined) => void>();
  let [isReady, count] = [false, 0];
  const end = (): void => {
    isReady = false;
    for (const give of waiting.values()) give(undefined);
    waiting.clear();
  };
  worker.on('online', () => {
    isReady = true;
  });
  worker.on('message', (message: unknown) => {
    const { number, rows } = threadResult.parse(message);
    waiting.get(number)?.(rows);
    waiting.delete(number);
  });
  // What it has failed at is done here, which then says why.
  worker.on('error', end);
  worker.on('exit', end);
  return {
    prepare: async (rows) => {
      if (!isReady) return undefined;
      count += 1;
      const work: ThreadWork = { number: count, rows: rows.map((request) => ({ id: newId('shp'), request })) };
      return new Promise((resolve) => {
        waiting.set(work.number, resolve);
        worker.postMessage(work);
      });
    },
    close: async () => void (await worker.terminate()),
  };
}
