import { parseEnvironment } from '@keycourier/process/environment';
import { createLogger } from '@keycourier/process/logger';
import { runProcess } from '@keycourier/process/run-process';

import { workerEnvironment } from './environment.ts';
import { startWorker } from './start-worker.ts';

const logger = createLogger({ name: 'worker', level: process.env['LOG_LEVEL'] ?? 'info' });

await runProcess('worker', logger, () => startWorker(parseEnvironment(workerEnvironment, process.env), process.env, logger));
