import { runProcess } from '@keycourier/runtime/run-process';

import { consoleEnvironment } from './settings.ts';
import { startConsole } from './start-console.ts';

await runProcess({ name: 'console', environment: consoleEnvironment }, (settings, logger) =>
  startConsole(settings, logger, { environment: process.env }),
);
