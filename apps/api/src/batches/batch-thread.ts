import { parentPort, workerData } from 'node:worker_threads';

import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { sealingWith } from '@keycourier/ledger/sealing';
import { createFileContention } from '@keycourier/runtime/contention';

import { failureOf, threadData, toThread, type FromThread } from './batch-thread-messages.ts';
import type { BatchToWrite } from './batch-to-write.ts';
import { createWriteBatch } from './write-batch.ts';

/** The thread of start-batch-thread.ts. */
const { databaseUrl, use, maxConnections, sealingKeys, tenants } = threadData.parse(workerData);

const send = (message: FromThread): void => parentPort?.postMessage(message);
const ledger = connectLedger({
  databaseUrl,
  use,
  maxConnections,
  sealing: sealingWith(sealingKeys),
  maxRequestsInFlight: (tenant) => tenants[tenant]?.maxRequestsInFlight ?? 1,
  areNamesSearchable: (tenant) => tenants[tenant]?.areNamesSearchable ?? false,
  onPoolError: (error) => send({ kind: 'disconnected', failure: failureOf(error) }),
});
let contended = new Set<string>();
const writeBatch = createWriteBatch({ ledger, contention: createFileContention((tenant) => contended.has(tenant)) });

const underWay = new Set<Promise<void>>();

async function answer(batch: BatchToWrite, number: number): Promise<void> {
  try {
    send({ kind: 'answer', number, answer: await writeBatch(batch) });
  } catch (error) {
    send({ kind: 'failed', number, failure: failureOf(error) });
  }
}

/** Without connections and without this port, nothing keeps the thread. */
async function close(): Promise<void> {
  await Promise.all(underWay);
  await ledger.close();
  parentPort?.close();
}

parentPort?.on('message', (received: unknown) => {
  const message = toThread.parse(received);
  switch (message.kind) {
    case 'batch': {
      const writing = answer(message.batch, message.number).finally(() => underWay.delete(writing));
      underWay.add(writing);
      return;
    }
    case 'contended':
      contended = new Set(message.tenants);
      return;
    case 'close':
      void close();
  }
});
