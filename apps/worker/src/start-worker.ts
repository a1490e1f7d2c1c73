import { checkAddress } from '@keycourier/address/check-address';
import type { Context } from '@keycourier/journey/context';
import { postponeKnock } from '@keycourier/ledger/knocks/postpone-knock';
import { migrate } from '@keycourier/ledger/migrate';
import { openLedger, type Ledger } from '@keycourier/ledger/open-ledger';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { endPauses } from '@keycourier/ledger/tenants';
import { readConfigFile, type Config } from '@keycourier/process/config-file';
import type { Logger } from '@keycourier/process/logger';
import { createMetrics, listenPrivately } from '@keycourier/process/probes';
import type { Running } from '@keycourier/process/run-process';
import { sql } from 'kysely';

import type { WorkerEnvironment } from './environment.ts';
import { createLedgerPort } from './ledger-port.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { openOutside } from './outside-ports.ts';
import { openBackend, type QueueBackend } from './queues/backend.ts';
import { rooms } from './queues/job.ts';
import { processJob } from './queues/process-job.ts';
import { startRelay } from './relay.ts';
import { staffRooms } from './staff-rooms.ts';
import { startSweep } from './sweep.ts';
import { configOf, tenantsOf } from './tenants.ts';

/** Builds the house and opens its doors: context, queues, workers, relay and sweep. */
export async function startWorker(
  environment: WorkerEnvironment,
  secrets: NodeJS.ProcessEnv,
  logger: Logger,
): Promise<Running> {
  const config = await readConfigFile(environment.configPath);
  const ledger = await openRecord(environment, config, logger);
  await migrate(ledger.db);
  await endPauses(ledger);
  const registry = createMetrics('worker');
  const metrics = createWorkerMetrics(registry);
  const context = await buildContext({ environment, secrets, config, ledger, logger, metrics });
  const onError = (error: unknown): void => logger.warn({ err: error }, 'the queue store or the database is away');
  const backend = await openBackend(
    { redisUrl: environment.REDIS_URL, databaseUrl: environment.DATABASE_URL },
    onError,
  );
  const stopRooms = openRooms({ environment, backend, ledger, context, metrics, logger, onError });
  const doors = await listenPrivately({
    host: environment.METRICS_HOST,
    port: environment.METRICS_PORT,
    metrics: registry,
    checks: {
      postgres: async () => (await sql`select 1`.execute(ledger.db)).rows.length === 1,
      queues: () => backend.ping().then(() => true),
    },
  });
  logger.info({ url: doors.url, queues: backend.kind }, 'worker probes are up');
  return {
    close: async () => {
      await stopRooms();
      await doors.close();
      await backend.close();
      await ledger.close();
    },
  };
}

async function openRecord(environment: WorkerEnvironment, config: Config, logger: Logger): Promise<Ledger> {
  return openLedger({
    databaseUrl: environment.DATABASE_URL,
    sealing: await readSealing(environment.sealingKeysPath, environment.KEYCOURIER_MODE),
    maxConnections: 20,
    maxRequestsInFlight: (tenant) => configOf(config, tenant).maxRequestsInFlight,
    onPoolError: (error) => logger.warn({ err: error }, 'a database connection broke'),
  });
}

async function buildContext(parts: {
  environment: WorkerEnvironment;
  secrets: NodeJS.ProcessEnv;
  config: Config;
  ledger: Ledger;
  logger: Logger;
  metrics: WorkerMetrics;
}): Promise<Context> {
  const { environment, config, ledger, logger, metrics } = parts;
  const tenant = tenantsOf(config);
  const outside = await openOutside(config, parts.secrets, {
    timeoutMs: environment.OUTSIDE_TIMEOUT_MS,
    pinCopyKeyPath: environment.pinCopyKeyPath,
  });
  return {
    now: () => new Date(),
    tenant,
    ledger: createLedgerPort(ledger, {
      leaseMs: environment.LEASE_MS,
      tenant,
      onError: (error) => logger.warn({ err: error }, 'a lease was not renewed'),
    }),
    ...outside,
    checkAddress,
    alarm: (code, detail) => {
      metrics.alarms.inc({ code });
      logger.error({ alarm: code, ...detail }, 'an operator should look at this');
    },
  };
}

/** @returns what stops them all: relay and sweep first, then the workers once their jobs have ended */
function openRooms(parts: {
  environment: WorkerEnvironment;
  backend: QueueBackend;
  ledger: Ledger;
  context: Context;
  metrics: WorkerMetrics;
  logger: Logger;
  onError: (error: unknown) => void;
}): () => Promise<void> {
  const { environment, backend, ledger, context, metrics, logger, onError } = parts;
  const queues = new Map(rooms.map((room) => [room, backend.queue(room)]));
  const sockets = {
    context,
    postponeEvent: (subjectId: string, afterMs: number) =>
      postponeKnock(ledger, { subjectId, door: 'accept-event' }, afterMs),
    onEnded: ({
      door,
      subjectId,
      outcome,
      why,
    }: {
      door: string;
      subjectId: string;
      outcome: string;
      why: string | null;
    }) => {
      metrics.jobs.inc({ door, outcome });
      logger.debug({ door, subjectId, outcome, why }, 'job ended');
    },
  };
  const staff = staffRooms({
    backend,
    queues,
    process: (job, token) => processJob(sockets, job, token),
    logger,
    onError,
  });
  const relay = startRelay({ ledger, databaseUrl: environment.DATABASE_URL, queues, onError });
  const sweep = startSweep({
    ledger,
    queues,
    everyMs: environment.SWEEP_EVERY_MS,
    graceMs: environment.SWEEP_GRACE_MS,
    onFound: (found) => {
      metrics.republished.inc(found.republished);
      logger.warn(found, 'the sweep found lost knocks');
    },
    onError,
  });
  return async () => {
    await relay.close();
    await sweep.close();
    await staff.close();
    await Promise.all([...queues.values()].map((queue) => queue.close()));
  };
}
