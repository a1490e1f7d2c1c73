import type { Config } from '@keycourier/config/config-file';
import type { Context } from '@keycourier/journey/ports/context';
import { renewLease } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { postponeMessage } from '@keycourier/ledger/outbox/postpone-message';
import type { QueueBackend } from '@keycourier/queues/backend';
import { queueNames } from '@keycourier/queues/job';
import type { Logger } from '@keycourier/runtime/logger';

import type { WorkerEnvironment } from './environment.ts';
import { startErasing } from './erase.ts';
import { keepLease } from './keep-lease.ts';
import type { WorkerMetrics } from './metrics.ts';
import { processJob, type JobPorts } from './process-job.ts';
import { startRelay } from './relay.ts';
import { startQueueWorkers } from './start-queue-workers.ts';
import { startSweep } from './sweep.ts';
import { retentionsOf } from './tenants.ts';

interface Parts {
  environment: WorkerEnvironment;
  config: Config;
  backend: QueueBackend;
  ledger: Ledger;
  context: Context;
  metrics: WorkerMetrics;
  logger: Logger;
  onError: (error: unknown) => void;
}

/** @returns what stops them all: relay, sweep and erasing first, then the workers once their jobs have ended */
export function startProcessing(parts: Parts): () => Promise<void> {
  const { environment, backend, ledger, metrics, logger, onError } = parts;
  const queues = new Map(queueNames.map((queueName) => [queueName, backend.queue(queueName)]));
  const queueWorkers = startQueueWorkers({
    backend,
    queues,
    process: (job, token) => processJob(portsOfJob(parts), job, token),
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
      logger.warn(found, 'the sweep found lost outbox');
    },
    onError,
  });
  const erasing = startErasingOld(parts);
  return async () => {
    await Promise.all([relay.close(), sweep.close(), erasing.close()]);
    await queueWorkers.close();
    await Promise.all([...queues.values()].map((queue) => queue.close()));
  };
}

function portsOfJob({ environment, ledger, context, metrics, logger }: Parts): JobPorts {
  return {
    context: keepLease(context, {
      leaseMs: environment.LEASE_MS,
      renew: (attempt) => renewLease(ledger, attempt, environment.LEASE_MS),
      onError: (error) => logger.warn({ err: error }, 'a lease was not renewed'),
    }),
    postponeEvent: (subjectId, afterMs) => postponeMessage(ledger, { subjectId, step: 'accept-event' }, afterMs),
    onEnded: ({ step, subjectId, outcome, why }) => {
      metrics.jobs.inc({ step, outcome });
      logger.debug({ step, subjectId, outcome, why }, 'job ended');
    },
  };
}

function startErasingOld({ environment, config, ledger, metrics, logger, onError }: Parts): {
  close: () => Promise<void>;
} {
  return startErasing({
    ledger,
    retentions: retentionsOf(config),
    idempotencyHours: environment.IDEMPOTENCY_HOURS,
    everyMs: environment.ERASE_EVERY_MS,
    onErased: (what, rows) => {
      metrics.erased.inc({ what }, rows);
      logger.info({ what, rows }, 'what was kept long enough is erased');
    },
    onError,
  });
}
