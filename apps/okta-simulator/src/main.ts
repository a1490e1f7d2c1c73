import { listen } from '@keycourier/runtime/http-server';
import { createMetrics, listenPrivately } from '@keycourier/runtime/probes';
import { runProcess } from '@keycourier/runtime/run-process';
import { assertMayRun } from '@keycourier/simulator-kit/permission';

import { environmentSchema } from './environment.ts';
import { createOktaOrg } from './org.ts';
import { readSeed } from './seed.ts';

const name = 'okta-simulator';

await runProcess({ name, environment: environmentSchema }, async (env, logger) => {
  assertMayRun(name, { mode: env.KEYCOURIER_MODE, host: env.HOST });
  const org = await createOktaOrg({
    databaseUrl: env.DATABASE_URL,
    tokens: env.OKTA_SIMULATOR_TOKEN,
    issuerHost: env.OKTA_SIMULATOR_ISSUER_HOST ?? env.HOST,
    logger,
    smtpUrl: env.SMTP_URL,
    seed: env.OKTA_SIMULATOR_SEED === undefined ? undefined : await readSeed(env.OKTA_SIMULATOR_SEED),
    sealingKey: env.OKTA_SIMULATOR_KEY,
  });
  const variable = 'OKTA_SIMULATOR_PORT';
  const front = await listen(org.app, { host: env.HOST, port: env[variable], variable });
  const metrics = createMetrics(name);
  const inner = await listenPrivately({ host: env.METRICS_HOST, port: env.METRICS_PORT, metrics, checks: org.checks });
  return {
    url: front.url,
    close: async () => {
      await Promise.all([front.close(), inner.close()]);
      await org.stop();
    },
  };
});
