import { readConfigFile } from '@keycourier/config/config-file';
import { refuseAtStart } from '@keycourier/config/refusals/at-start';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { listen } from '@keycourier/runtime/http-server';
import { createMetrics, listenPrivately } from '@keycourier/runtime/probes';
import { runProcess } from '@keycourier/runtime/run-process';

import { closeContext, createContext, drainContext } from './context.ts';
import { createApp } from './create-app.ts';
import { environmentSchema } from './environment.ts';
import { createBaseUrl } from './http/base-url.ts';

const name = 'scim';

await runProcess({ name, environment: environmentSchema }, async (environment, logger) => {
  const { tenants } = await readConfigFile(environment.KEYCOURIER_CONFIG, environment.KEYCOURIER_MODE);
  const files = [{ variable: 'SEALING_KEYS_FILE', path: environment.SEALING_KEYS_FILE }];
  await refuseAtStart({ uses: [], environment: process.env, files });
  const metrics = createMetrics(name);
  const common = {
    databaseUrl: environment.DATABASE_URL,
    sealing: await readSealing(environment.SEALING_KEYS_FILE, environment.KEYCOURIER_MODE),
    maxRequestsInFlight: (tenant: string) => tenants[tenant]?.maxRequestsInFlight ?? 1,
    onPoolError: (error: Error): void => context.outages.failed(error),
  };
  const ledger = connectLedger({ ...common, use: 'provisioning', maxConnections: 10 });
  const tokenLedger = connectLedger({ ...common, use: 'request', maxConnections: 4 });
  const baseUrl = createBaseUrl(environment.SCIM_PUBLIC_URL);
  const context = createContext({
    ledger,
    tokenLedger,
    mode: environment.KEYCOURIER_MODE,
    baseUrl: baseUrl.read,
    triggerGroups: new Map(Object.entries(tenants).map(([tenant, { groups }]) => [tenant, groups])),
    metrics,
    logger,
    limits: environment.limits,
    connectionsPerTenant: environment.SCIM_TENANT_CONNECTIONS,
  });
  const { METRICS_HOST: host, METRICS_PORT: port } = environment;
  const metricsServer = await listenPrivately({ host, port, metrics, checks: context.checks });
  const address = { host: environment.HOST, port: environment.SCIM_PORT, variable: 'SCIM_PORT' };
  const server = await listen(createApp(context, environment.SCIM_TRUSTED_PROXIES), address);
  baseUrl.servedAt(server.url);
  return {
    url: server.url,
    close: async () => {
      await drainContext(context, [server, metricsServer]);
      await closeContext(context);
      await Promise.all([ledger.close(), tokenLedger.close()]);
    },
  };
});
