import { readConfigFile } from '@keycourier/config/config-file';
import { refuseAtStart } from '@keycourier/config/refusals/at-start';
import { secretUses } from '@keycourier/config/secret-uses';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { listen } from '@keycourier/runtime/http-server';
import { createMetrics, listenPrivately } from '@keycourier/runtime/probes';
import { runProcess } from '@keycourier/runtime/run-process';

import { createApp } from './create-app.ts';
import { createContext } from './create-context.ts';
import { environmentSchema } from './environment.ts';
import { readHookSecrets } from './hooks/read-hook-secrets.ts';

const name = 'receiver';

await runProcess({ name, environment: environmentSchema }, async (environment, logger) => {
  const config = await readConfigFile(environment.KEYCOURIER_CONFIG, environment.KEYCOURIER_MODE);
  await refuseAtStart({
    uses: secretUses(config).filter(({ reader }) => reader === 'receiver'),
    environment: process.env,
    files: [{ variable: 'SEALING_KEYS_FILE', path: environment.SEALING_KEYS_FILE }],
  });
  const metrics = createMetrics(name);
  const ledger = connectLedger({
    databaseUrl: environment.DATABASE_URL,
    sealing: await readSealing(environment.SEALING_KEYS_FILE, environment.KEYCOURIER_MODE),
    maxConnections: 10,
    use: 'request',
    maxRequestsInFlight: (tenant) => config.tenants[tenant]?.maxRequestsInFlight ?? 1,
    onPoolError: (error): void => context.outages.failed(error),
  });
  const secrets = await readHookSecrets(config, process.env);
  const connectionsPerTenant = environment.RECEIVER_TENANT_CONNECTIONS;
  const context = createContext({ ledger, secrets, metrics, logger, connectionsPerTenant });
  const { METRICS_HOST: host, METRICS_PORT: port } = environment;
  const inner = await listenPrivately({ host, port, metrics, checks: context.checks });
  const front = await listen(createApp(context, environment.RECEIVER_TRUSTED_PROXIES), {
    host: environment.HOST,
    port: environment.RECEIVER_PORT,
    variable: 'RECEIVER_PORT',
  });
  return {
    url: front.url,
    close: async () => {
      context.held.close();
      await context.shares.drain([front, inner]);
      context.accessLog.close();
      context.outages.close();
      await ledger.close();
    },
  };
});
