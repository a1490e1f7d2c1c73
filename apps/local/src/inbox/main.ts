import { variables } from '@keycourier/runtime/environment';
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

/** The inbox as a process, for the profile `simulators` of the compose file; the local stack starts it in its own process. */
await runProcess({ name, environment }, async (settings, log) => {
  const inbox = await startInbox({
    host: settings.HOST,
    smtpPort: settings.SMTP_PORT,
    httpPort: settings.INBOX_PORT,
    dataDir: settings.KEYCOURIER_DATA_DIR,
    mode: settings.KEYCOURIER_MODE,
    log,
  });
  const { METRICS_HOST: host, METRICS_PORT: port } = settings;
  const inner = await listenPrivately({ host, port, metrics: createMetrics(name), checks: {} });
  return {
    url: inbox.url,
    close: async () => {
      await Promise.all([inbox.close(), inner.close()]);
    },
  };
});
