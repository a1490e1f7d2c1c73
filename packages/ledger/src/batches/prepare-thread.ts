import { parentPort, workerData } from 'node:worker_threads';

import { sealingWith } from '../sealing.ts';
import { prepareRow } from './prepare-rows.ts';
import { threadData, threadWork, type ThreadResult } from './thread-messages.ts';

/** The thread of prepare-in-thread.ts: it has the keys, and neither an environment nor a connection. */
const sealing = sealingWith(threadData.parse(workerData).sealingKeys);

parentPort?.on('message', (message: unknown) => {
  const { number, rows } = threadWork.parse(message);
  const result: ThreadResult = { number, rows: rows.map((row) => prepareRow({ sealing }, row)) };
  parentPort?.postMessage(result);
});
