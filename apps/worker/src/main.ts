import { runProcess } from '@keycourier/runtime/run-process';

import { workerEnvironment } from './environment.ts';
import { startWorker } from './start-worker.ts';

await runProcess({ name: 'worker', environment: workerEnvironment }, (environment, logger, stopping) =>
  startWorker({ environment, secrets: process.env, logger, stopping }),
);
