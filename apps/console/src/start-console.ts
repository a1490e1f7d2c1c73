import { readConfigFile, type Config } from '@keycourier/config/config-file';
import { isUnavailable } from '@keycourier/http/answer-failure';
import { countBatch } from '@keycourier/ledger/batches/batches';
import { connectLedger, hasSchema, type Ledger, type LedgerOptions } from '@keycourier/ledger/connect-ledger';
import { createStatusCounts, keepCounts } from '@keycourier/ledger/overview/status-counts';
import { createUploadShares } from '@keycourier/operations/batches/upload-shares';
import { connectExistingQueues, type ExistingQueues } from '@keycourier/queues/existing-queues';
import { createAccessLog } from '@keycourier/runtime/access-log';
import { createContention } from '@keycourier/runtime/contention';
import { listen } from '@keycourier/runtime/http-server';
import type { Logger } from '@keycourier/runtime/logger';
import { createOutageLog } from '@keycourier/runtime/outage-log';
import type { PostgresLimits } from '@keycourier/runtime/postgres-limits';
import { allPass, createMetrics, listenPrivately, type ReadyCheck } from '@keycourier/runtime/probes';
import type { Running } from '@keycourier/runtime/run-process';
import type { Registry } from 'prom-client';

import { createApp, type ConsoleContext } from './create-app.ts';
import { connectDatabase, type ConsoleDatabase } from './database.ts';
import { createLiveHub } from './live/live-hub.ts';
import { openSessions } from './sessions/signed-in-sessions.ts';
import { readSecrets, type Secrets, type Settings } from './settings.ts';
import { recordSignIns } from './sign-in/record-sign-ins.ts';
import { createRefusalLog } from './sign-in/refusal-log.ts';
import { SessionStore } from './sign-in/sessions.ts';
import { createThrottle } from './sign-in/throttle.ts';

/** Of temporary disk space, for the files of all tenants; one has half of it. Those up to 64 KiB stay in memory. */
const uploadSpaceMebibytes = 160;

export interface RunningConsole extends Running {
  url: string;
  metricsUrl: string;
}

interface Started {
  /** Where secrets of keycourier.yaml may be. */
  environment?: Readonly<Record<string, string | undefined>>;
  limits?: WaitLimits;
}

/** How long the console waits for what it needs. */
interface WaitLimits {
  /** For Postgres, in place of those of requests and of files. */
  postgres?: Partial<PostgresLimits> | undefined;
  /** The board, for Redis; a second and a half by default. */
  redisMs?: number;
}

/**
 * Builds the context and listens. Database and queues are connected lazily, so the console is up before they are.
 * @throws ProcessError if the config file or a secret cannot be used, or a port is in use
 */
export async function startConsole(
  settings: Settings,
  logger: Logger,
  {
    environment,
    limits = {},
    ...overrides
  }: Partial<Pick<ConsoleContext, 'now' | 'oktaTimeoutSeconds'>> & Started = {},
): Promise<RunningConsole> {
  const metrics = createMetrics('console');
  const config = await readConfigFile(settings.configPath, settings.mode);
  const inputs = { config, secrets: await readSecrets(settings, config, environment), logger, metrics };
  const context = { ...createContext(settings, { ...inputs, limits }), ...overrides };
  const metricsServer = await listenPrivately({ ...settings.metrics, metrics, checks: context.checks });
  const server = await listen(createApp(context), { ...settings.http, variable: 'CONSOLE_PORT' }).catch(
    async (error: unknown) => {
      await metricsServer.close();
      throw error;
    },
  );
  return {
    url: server.url,
    metricsUrl: metricsServer.url,
    close: async () => {
      context.live.close();
      await server.close();
      await metricsServer.close();
      context.accessLog.close();
      context.outages.close();
      await context.refusals.close();
      context.sessionStore.close();
      await context.queues.close();
      await context.ledger.close();
      await context.batchUploads.ledger.close();
      await context.database.close();
    },
  };
}

interface Inputs {
  config: Config;
  secrets: Secrets;
  logger: Logger;
  metrics: Registry;
  limits: WaitLimits;
}

function createContext(settings: Settings, inputs: Inputs): ConsoleContext {
  const { config, secrets, logger, metrics } = inputs;
  const { tenants, console = {} } = config;
  const onError = (error: unknown): void => outages.failed(error);
  const onReadError = (error: unknown): void => {
    if (isUnavailable(error)) outages.failed(error);
    else logger.error({ err: error }, 'could not be read for open pages');
  };
  const { database, ledger, queues, batchUploads } = connectStores(settings, inputs, onError);
  const checks = readyChecks(database, ledger, queues);
  const outages = createOutageLog({ store: 'database or queues', logger, check: () => allPass(checks) });
  return {
    settings,
    secrets,
    tenants: new Map(Object.entries(tenants)),
    console,
    ledger,
    statusCounts: createStatusCounts(ledger.db, { onError: onReadError }),
    batchCounts: keepCounts((id) => countBatch(ledger, id), { onError: onReadError }),
    batchUploads,
    live: createLiveHub(ledger.db, { onError: onReadError, openSessions: (ids) => openSessions(ledger.db, ids) }),
    database,
    queues,
    sessionStore: new SessionStore(database.pool, () => logger.warn('expired sessions could not be deleted')),
    throttle: createThrottle(database.pool, secrets.session),
    checks,
    outages,
    now: () => new Date(),
    logger,
    accessLog: createAccessLog(logger),
    ...createSignInRecords({ ledger, tenants: Object.keys(tenants), logger, metrics }),
  };
}

type Stores = Pick<ConsoleContext, 'database' | 'ledger' | 'queues' | 'batchUploads'>;

function connectStores(
  settings: Settings,
  { config: { tenants }, secrets, limits: { postgres, redisMs } }: Inputs,
  onError: (error: unknown) => void,
): Stores {
  const { databaseUrl } = settings;
  const connection = {
    databaseUrl,
    sealing: secrets.sealing,
    maxRequestsInFlight: (tenant: string) => tenants[tenant]?.maxRequestsInFlight ?? 1,
    onPoolError: onError,
    limits: postgres,
  };
  const forQueues = { ...settings, applicationName: 'keycourier-console', limits: postgres, redisMs };
  return {
    database: connectDatabase(databaseUrl, onError, postgres),
    ledger: connectLedger({ ...connection, use: 'request', maxConnections: 6 }),
    queues: connectExistingQueues(forQueues, onError),
    batchUploads: createBatchUploads(connection),
  };
}

/** What is recorded of sign-ins. */
function createSignInRecords(
  recording: Omit<Parameters<typeof recordSignIns>[0], 'refusals'>,
): Pick<ConsoleContext, 'refusals' | 'onSignIn'> {
  const refusals = createRefusalLog(recording);
  return { refusals, onSignIn: recordSignIns({ ...recording, refusals }) };
}

const createBatchUploads = (
  connection: Omit<LedgerOptions, 'maxConnections' | 'use'>,
): ConsoleContext['batchUploads'] => ({
  ledger: connectLedger({ ...connection, use: 'bulk', maxConnections: 1 }),
  shares: createUploadShares({ uploadsPerTenant: 1, maxMebibytes: uploadSpaceMebibytes }),
  contention: createContention(),
});

const readyChecks = (
  database: ConsoleDatabase,
  ledger: Ledger,
  queues: ExistingQueues,
): Readonly<Record<string, ReadyCheck>> => ({
  database: async () => {
    await database.prepare();
    return hasSchema(ledger.db);
  },
  queues: queues.isReachable,
});
