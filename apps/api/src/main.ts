import { readConfigFile } from '@keycourier/config/config-file';
import { refuseAtStart } from '@keycourier/config/refusals/at-start';
import { connectLedger, type LedgerOptions } from '@keycourier/ledger/connect-ledger';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { createContention } from '@keycourier/runtime/contention';
import { listen } from '@keycourier/runtime/http-server';
import { createMetrics, listenPrivately } from '@keycourier/runtime/probes';
import { runProcess } from '@keycourier/runtime/run-process';
import { scimUrlOf } from '@keycourier/runtime/scim-url';

import { createBatchThread } from './batches/start-batch-thread.ts';
import { createContext, type Context } from './context.ts';
import { createApp } from './create-app.ts';
import { environmentSchema, limitsOf } from './environment.ts';

const name = 'api';

/** Batches have connections of their own: however many are written or wait, other requests are answered. */
const connections = {
  requests: { use: 'request', maxConnections: 10 },
  batches: { use: 'bulk', maxConnections: 4 },
} as const;

const filesOf = ({ SEALING_KEYS_FILE: path }: { SEALING_KEYS_FILE: string }) => [
  { variable: 'SEALING_KEYS_FILE', path },
];

const settingsOf = (
  tenants: Readonly<Record<string, { maxRequestsInFlight: number; search: { names: boolean } }>>,
): Pick<LedgerOptions, 'maxRequestsInFlight' | 'areNamesSearchable'> => ({
  maxRequestsInFlight: (tenant) => tenants[tenant]?.maxRequestsInFlight ?? 1,
  areNamesSearchable: (tenant) => tenants[tenant]?.search.names ?? false,
});

async function drain(context: Context, servers: Parameters<Context['shares']['drain']>[0]): Promise<void> {
  context.held.close();
  await context.shares.drain(servers);
  context.accessLog.close();
  context.outages.close();
}

await runProcess({ name, environment: environmentSchema }, async (environment, logger) => {
  const { tenants, console } = await readConfigFile(environment.KEYCOURIER_CONFIG, environment.KEYCOURIER_MODE);
  await refuseAtStart({ uses: [], environment: process.env, files: filesOf(environment) });
  const metrics = createMetrics(name);
  const common = {
    databaseUrl: environment.DATABASE_URL,
    sealing: await readSealing(environment.SEALING_KEYS_FILE, environment.KEYCOURIER_MODE),
    ...settingsOf(tenants),
    onPoolError: (error: Error): void => context.outages.failed(error),
  };
  const contention = createContention();
  const ledger = connectLedger({ ...common, ...connections.requests });
  const forBatches = { ...common, ...connections.batches };
  const batches = createBatchThread({ ledger: forBatches, tenants: Object.keys(tenants), contention });
  const context = createContext({
    ledger,
    contention,
    writeBatch: batches.writeBatch,
    tenants,
    signIn: console?.signIn,
    mode: environment.KEYCOURIER_MODE,
    limits: limitsOf(environment),
    shares: environment.shares,
    scimUrl: scimUrlOf(environment),
    metrics,
    logger,
  });
  const { METRICS_HOST: host, METRICS_PORT: port } = environment;
  const metricsServer = await listenPrivately({ host, port, metrics, checks: context.checks });
  const address = { host: environment.HOST, port: environment.API_PORT, variable: 'API_PORT' };
  const server = await listen(createApp(context, environment.API_TRUSTED_PROXIES), address);
  return {
    url: server.url,
    close: async () => {
      await drain(context, [server, metricsServer]);
      await Promise.all([ledger.close(), batches.close()]);
    },
  };
});
