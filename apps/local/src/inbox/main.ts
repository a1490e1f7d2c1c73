import { variables } from '@keycourier/config/environment';
import { createMetrics, listenPrivately } from '@keycourier/runtime/probes';
import { runProcess } from '@keycourier/runtime/run-process';
import { z } from 'zod';

import { startInbox } from './start-inbox.ts';

const name = 'inbox';

const environment = z.object({
  KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
  KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
  HOST: variables.HOST,
  SMTP_PORT: variables.SMTP_PORT,
  INBOX_PORT: variables.INBOX_PORT,
  METRICS_HOST: variables.METRICS_HOST,
  METRICS_PORT: variables.METRICS_PORT,
  LOG_LEVEL: variables.LOG_LEVEL,
});

/** The inbox in a process of its own, for the simulators' profile of the compose file; the local stack holds its own. */
await runProcess({ name, environment }, async (given, log) => {
  const inbox = await startInbox({
    host: given.HOST,
    smtpPort: given.SMTP_PORT,
    httpPort: given.INBOX_PORT,
    dataDir: given.KEYCOURIER_DATA_DIR,
    mode: given.KEYCOURIER_MODE,
    log,
  });
  const { METRICS_HOST: host, METRICS_PORT: port } = given;
  const inner = await listenPrivately({ host, port, metrics: createMetrics(name), checks: {} });
  return {
    url: inbox.url,
    close: async () => {
      await Promise.all([inbox.close(), inner.close()]);
    },
  };
});
