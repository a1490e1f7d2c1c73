import { readConfigFile, type Config } from '@keycourier/config/config-file';
import { refuseAtStart } from '@keycourier/config/refusals/at-start';
import { secretUses } from '@keycourier/config/secret-uses';
import { createStockReader } from '@keycourier/connectors/fulfillment/read-stock';
import { proxyProblems } from '@keycourier/connectors/http/outbound-proxy';
import { clientKeyProblem } from '@keycourier/connectors/okta/client-key';
import { standardRateLimitShare } from '@keycourier/journey/ports/pace';
import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { migrateDatabase } from '@keycourier/ledger/migrate';
import { isAtRest } from '@keycourier/ledger/outbox/is-at-rest';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { connectBackend, type QueueBackend } from '@keycourier/queues/backend';
import type { Logger } from '@keycourier/runtime/logger';
import { createOutageLog } from '@keycourier/runtime/outage-log';
import { allPass, createMetrics, listenPrivately, type ReadyCheck } from '@keycourier/runtime/probes';
import type { Running } from '@keycourier/runtime/run-process';
import { sql } from 'kysely';
import type { Registry } from 'prom-client';

import { buildContext } from './build-context.ts';
import { addCatchUpMetrics } from './catch-up/catch-up-metrics.ts';
import { catchUpTenants } from './catch-up/catch-up-tenants.ts';
import { closeAll, drainLimits, type Part } from './close-all.ts';
import { fulfillmentSettings, oktaSettings } from './create-connectors.ts';
import { createCredentialOf } from './credentials.ts';
import type { WorkerEnvironment } from './environment.ts';
import { addLinkMetrics } from './hub-metrics.ts';
import {
  addExpiryMetrics,
  addHubMetrics,
  addWaitingMetrics,
  createWorkerMetrics,
  type WorkerMetrics,
} from './metrics.ts';
import { createPace } from './pace.ts';
import { addStockMetrics, startReadingStock } from './read-stock.ts';
import { createRecovery } from './recovery.ts';
import { createRest, type Rest } from './rest.ts';
import { startProcessing } from './start-processing.ts';
import { configOf, registrationTargetsOf } from './tenants.ts';
import { waitFor } from './wait-for.ts';

/** How often a worker looks which services other workers found away, or back; five times as long at rest. */
const lookEveryMs = 2_000;

interface Setup {
  environment: WorkerEnvironment;
  secrets: NodeJS.ProcessEnv;
  logger: Logger;
  /** Ends the wait for a store that is away. */
  stopping: AbortSignal;
}

/**
 * Starts processing: connects the stores and the services, then starts queue workers, relay and sweep. While a store is
 * away it waits, with its probes up.
 * @throws ProcessError, LedgerError, QueueStoreError for a setup that cannot work
 */
export async function startWorker(setup: Setup): Promise<Running> {
  const config = await readConfigFile(setup.environment.configPath, setup.environment.KEYCOURIER_MODE);
  await refuseUnusable(setup, config);
  const ledger = await connectToLedger(setup, config);
  const started: Part[] = [{ name: 'ledger', limitMs: drainLimits.connectionMs, close: ledger.close }];
  const close = (): Promise<void> => closeAll(started, setup.logger);
  try {
    await startAll(setup, { config, ledger }, started);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function refuseUnusable({ environment, secrets }: Setup, config: Config): Promise<void> {
  const isMailing = Object.values(config.tenants).some(({ pin }) => pin.channel === 'smtp');
  await refuseAtStart({
    uses: secretUses(config).filter(({ reader }) => reader === 'worker'),
    environment: { ...secrets, KEYCOURIER_MODE: environment.KEYCOURIER_MODE },
    others: proxyProblems(),
    judge: ({ kind }, value) => (kind === 'private-key' ? clientKeyProblem(value) : null),
    files: [
      { variable: 'SEALING_KEYS_FILE', path: environment.sealingKeysPath },
      ...(isMailing ? [{ variable: 'PIN_COPY_KEY_FILE', path: environment.pinCopyKeyPath }] : []),
    ],
  });
}

/** Adds to `started` how to close each part that it starts. */
async function startAll(
  { environment, secrets, logger, stopping }: Setup,
  { config, ledger }: { config: Config; ledger: Ledger },
  started: Part[],
): Promise<void> {
  const registry = createMetrics('worker');
  const metrics = createWorkerMetrics(registry, ledger);
  let backend: QueueBackend | null = null;
  const checks: Readonly<Record<string, ReadyCheck>> = {
    postgres: () => answers(ledger),
    queues: async () => backend !== null && backend.ping().then(() => true),
  };
  const outages = createOutageLog({ store: 'database or queues', logger, check: () => allPass(checks) });
  const onError = (error: unknown): void => outages.failed(error);
  const credentialOf = createCredentialOf(config, secrets, ledger);
  const recovery = createRecovery({ ledger, logger, onError });
  const pace = createPace({ ledger, onError });
  const own = { environment, secrets, config, logger, metrics, recovery, pace, credentialOf, ...withRest(ledger) };
  const contextOf = await buildContext(own);
  const probesListener = await listenPrivately({
    host: environment.METRICS_HOST,
    port: environment.METRICS_PORT,
    metrics: registry,
    checks,
  });
  started.push({ name: 'probes', limitMs: drainLimits.connectionMs, close: probesListener.close });
  logger.info({ url: probesListener.url }, 'worker probes are up');
  await waitFor('postgres', () => prepare(environment, ledger), { stopping, logger });
  const stopCatchUp = startCatchingUp({ ...own, registry });
  started.push({ name: 'catch-up', limitMs: drainLimits.connectionMs, close: stopCatchUp });
  started.push({ name: 'stock', limitMs: drainLimits.connectionMs, close: startStock({ ...own, registry }).close });
  backend = await connectQueues(own, { stopping, onError });
  started.push({ name: 'queue store', limitMs: drainLimits.connectionMs, close: backend.close });
  logger.info({ queues: backend.kind }, 'the queue store is connected');
  const { close: stopRecovery } = await recovery.start(lookEveryMs, credentialOf);
  started.push({ name: 'recovery', limitMs: drainLimits.connectionMs, close: stopRecovery });
  const stop = startProcessing({ ...own, backend, contextOf, onError });
  // A page that is being read has as long as the jobs to be committed.
  started.push({ name: 'jobs', limitMs: drainLimits.jobsMs, close: () => Promise.all([stop(), stopCatchUp()]) });
}

const withRest = (ledger: Ledger): { ledger: Ledger; rest: Rest } => ({
  ledger,
  rest: createRest(() => isAtRest(ledger)),
});

function connectQueues(
  { environment, rest, logger }: Pick<Setup, 'environment' | 'logger'> & { rest: Rest },
  { stopping, onError }: Pick<Setup, 'stopping'> & { onError: (error: unknown) => void },
): Promise<QueueBackend> {
  const settings = {
    redisUrl: environment.REDIS_URL,
    databaseUrl: environment.DATABASE_URL,
    locks: { lockMs: environment.JOB_LOCK_MS, checkEveryMs: environment.JOB_LOCK_CHECK_EVERY_MS },
    mayBeStalled: rest.mayBeStalled,
  };
  return waitFor('queues', () => connectBackend(settings, onError), { stopping, logger });
}

/** @returns how to stop it */
function startCatchingUp({
  environment,
  secrets,
  logger,
  registry,
  ...parts
}: Omit<Setup, 'stopping'> & {
  config: Config;
  ledger: Ledger;
  registry: Registry;
  metrics: WorkerMetrics;
}): () => Promise<void> {
  const { config, ledger } = parts;
  const tenants = Object.entries(config.tenants).map(([name, { catchUp }]) => [name, catchUp] as const);
  const pages = addCatchUpMetrics(registry, ledger, new Map(tenants));
  const orgs = oktaSettings(config, secrets, environment.CONNECTOR_TIMEOUT_MS);
  const onError = (error: unknown): void => logger.warn({ err: error }, 'a poll of the System Log failed');
  return catchUpTenants({ ...parts, pages, environment, orgs, logger, onError }).close;
}

function startStock({
  environment,
  secrets,
  config,
  ledger,
  metrics,
  logger,
  registry,
}: Parameters<typeof startCatchingUp>[0]): ReturnType<typeof startReadingStock> {
  const tenants = new Map(
    Object.entries(config.tenants).map(([name, { stock, products }]) => [
      name,
      { ...stock, inventories: products.map(({ inventoryProductId }) => inventoryProductId) },
    ]),
  );
  addStockMetrics(registry, ledger, [...tenants.keys()]);
  addExpiryMetrics(registry, ledger, config);
  addWaitingMetrics(registry, ledger, [...tenants.keys()]);
  addHubMetrics(registry, ledger, [...tenants.keys()]);
  addLinkMetrics(registry, ledger);
  return startReadingStock({
    ledger,
    tenants,
    read: createStockReader(fulfillmentSettings(config, secrets, environment.CONNECTOR_TIMEOUT_MS)),
    alarms: metrics.alarms,
    logger,
    onError: (error) => logger.warn({ err: error }, 'the stock could not be read'),
  });
}

async function connectToLedger({ environment, logger }: Setup, config: Config): Promise<Ledger> {
  const registrationTargets = registrationTargetsOf(config);
  return connectLedger({
    databaseUrl: environment.DATABASE_URL,
    sealing: await readSealing(environment.sealingKeysPath, environment.KEYCOURIER_MODE),
    maxConnections: 20,
    isRegistrationWritten: (org) => registrationTargets.has(org),
    areNamesSearchable: (tenant) => config.tenants[tenant]?.search.names ?? false,
    areKeysInHub: (tenant) => config.tenants[tenant]?.keysIn === 'hub',
    rateLimitShare: (tenant) => config.tenants[tenant]?.okta.rateLimitShare ?? standardRateLimitShare,
    maxRequestsInFlight: (tenant) => configOf(config, tenant).maxRequestsInFlight,
    onPoolError: (error) => logger.warn({ err: error }, 'a database connection broke'),
    waitsForGrants: false,
    onWorkError: (error) => logger.warn({ err: error }, 'a free slot was not granted: the sweep grants it'),
  });
}

const answers = async ({ db }: Ledger): Promise<boolean> => (await sql`select 1`.execute(db)).rows.length === 1;

async function prepare({ DATABASE_URL: databaseUrl }: WorkerEnvironment, ledger: Ledger): Promise<void> {
  // Fails as a database that is away, before migrate() could take it for one of another version.
  await answers(ledger);
  await migrateDatabase(databaseUrl);
}
