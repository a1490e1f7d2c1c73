import type { Config } from '@keycourier/config/config-file';
import { knownSteps, queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import { renewLease } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { PutOff } from '@keycourier/ledger/deliveries/put-off-delivery';
import type { UnpackedDeliveries } from '@keycourier/ledger/deliveries/unpack-delivery';
import { renewHubLease } from '@keycourier/ledger/hub/lease';
import { priorities } from '@keycourier/ledger/outbox/add-messages';
import { messagePriorityOf } from '@keycourier/ledger/outbox/fair-order';
import { renewRegistrationLease } from '@keycourier/ledger/registrations/claim-registration';
import { logAnchor } from '@keycourier/operations/log-anchor';
import type { JobQueue, QueueBackend } from '@keycourier/queues/backend';
import type { JobData } from '@keycourier/queues/job';
import type { Logger } from '@keycourier/runtime/logger';
import type { Job } from 'bullmq';

import type { ContextOf } from './build-context.ts';
import { startBulkActions } from './bulk.ts';
import type { WorkerEnvironment } from './environment.ts';
import { startErasing } from './erase.ts';
import { startHubTests } from './hub-tests.ts';
import { withLease } from './lease.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { Pace, PacedJob } from './pace.ts';
import { processJob, type JobPorts, type JobResult } from './process-job.ts';
import { startRelay, type Relay } from './relay.ts';
import { createStageLimits, type FollowLimits } from './stage-limits.ts';
import { places, startQueueWorkers } from './start-queue-workers.ts';
import { startSweep, type SweepFindings } from './sweep.ts';
import { registrationTargetsOf, retentionsOf } from './tenants.ts';
import { startUnpacking } from './unpack.ts';

interface Parts {
  environment: WorkerEnvironment;
  secrets: Readonly<Record<string, string | undefined>>;
  config: Config;
  backend: QueueBackend;
  ledger: Ledger;
  contextOf: ContextOf;
  metrics: WorkerMetrics;
  pace: Pace;
  recovery: { onJobEnded: () => void };
  rest: { isAtRest: () => Promise<boolean> };
  logger: Logger;
  onError: (error: unknown) => void;
}

/** @returns how to stop: relay, sweep and erasing, and the queue workers once their jobs have ended */
export function startProcessing(parts: Parts): () => Promise<void> {
  const { environment, backend, ledger, pace, rest, logger, onError } = parts;
  const queues = new Map(queueNames.map((queueName) => [queueName, backend.queue(queueName)]));
  const reportUnknownStep = createUnknownStepReport(logger);
  let isClosing = false;
  const { mayFollow } = pace;
  const limits = { limits: createStageLimits(places), isClosing: () => isClosing, mayFollow };
  const unpacking = startUnpacking({ ledger, onError, ...reportsOfUnpacking(parts) });
  const hubTests = startTestingHubs(parts);
  const bulkActions = startBulkActions({ ledger, onError, ...partsOfBulk(parts) });
  const relay = startRelay({
    ledger,
    databaseUrl: environment.DATABASE_URL,
    queues,
    knownSteps,
    onLook: pace.onLook,
    onDeliveries: unpacking.wake,
    onHub: hubTests.wake,
    onBulk: bulkActions.wake,
    onError,
  });
  const queueWorkers = startQueueWorkers({
    backend,
    queues,
    isAtRest: rest.isAtRest,
    process: (job, token) => runJob(parts, { job, token, relay, reportUnknownStep, limits }),
    logger,
    onError,
  });
  const sweep = startSweeping(parts, queues, reportUnknownStep);
  const erasing = startErasingOld(parts);
  return async () => {
    isClosing = true;
    await Promise.all(
      [unpacking, hubTests, bulkActions, relay, sweep, erasing, queueWorkers].map((one) => one.close()),
    );
    await Promise.all([pace.close(), ...[...queues.values()].map((queue) => queue.close())]);
  };
}

function startSweeping(
  parts: Parts,
  queues: ReadonlyMap<QueueName, JobQueue>,
  reportUnknownStep: (step: string) => void,
): ReturnType<typeof startSweep> {
  const { environment, config, ledger, rest, onError } = parts;
  return startSweep({
    ledger,
    queues,
    knownSteps,
    ...sweptOf(config),
    isAtRest: rest.isAtRest,
    everyMs: environment.SWEEP_EVERY_MS,
    graceMs: environment.SWEEP_GRACE_MS,
    onSwept: (findings) => reportSweep(parts, reportUnknownStep, findings),
    onError,
  });
}

function startTestingHubs({ environment, secrets, config, ledger, logger, onError }: Parts) {
  return startHubTests({
    ledger,
    config,
    environment: { ...secrets, KEYCOURIER_MODE: environment.KEYCOURIER_MODE },
    timeoutMs: environment.CONNECTOR_TIMEOUT_MS,
    onTested: (tenant, failed) => logger.info({ tenant, failed }, 'the credentials of a hub were tested'),
    onError,
  });
}

const sweptOf = (
  config: Config,
): Pick<Parameters<typeof startSweep>[0], 'registrationTargets' | 'searchableNames'> => ({
  registrationTargets: registrationTargetsOf(config),
  searchableNames: new Map(Object.entries(config.tenants).map(([name, { search }]) => [name, search.names])),
});

interface QueuedJob {
  job: Job<JobData>;
  token: string | undefined;
  relay: Relay;
  reportUnknownStep: (step: string) => void;
  limits: Omit<FollowLimits, 'follow'>;
}

async function runJob(parts: Parts, { job, token, relay, reportUnknownStep, limits }: QueuedJob): Promise<JobResult> {
  let outcome: JobResult['outcome'] = 'done';
  try {
    const result = await parts.pace.run(messageOf(job), ({ caller, follow }) =>
      processJob({ follow: { follow, ...limits }, ...portsOfJob(parts, caller, reportUnknownStep) }, job, token),
    );
    ({ outcome } = result);
    return result;
  } finally {
    parts.recovery.onJobEnded();
    relay.onJobEnded(outcome === 'later' ? 'later' : 'done');
  }
}

const messageOf = ({ name, opts }: Job): { step: string; priority: number } => ({
  step: name,
  priority: messagePriorityOf(opts.priority ?? priorities.request),
});

/** A step is logged once: until the upgrade is through, each job of it comes again and again. */
function createUnknownStepReport(logger: Logger): (step: string) => void {
  const reported = new Set<string>();
  return (step) => {
    if (!reported.has(step)) logger.warn({ step }, 'unknown step: left to a newer worker');
    reported.add(step);
  };
}

function reportSweep(
  { metrics, logger }: Parts,
  reportUnknownStep: (step: string) => void,
  { republished, repaired, unknown }: SweepFindings,
): void {
  metrics.republished.inc(republished);
  if (republished > 0) logger.warn({ republished }, 're-published jobs that were missing from the queue');
  if (repaired.length > 0) logger.warn({ repaired }, 'repaired outbox messages that were not those of the plan');
  metrics.unknownStepMessages.reset();
  for (const { step, messages } of unknown) {
    metrics.unknownStepMessages.set({ step }, messages);
    reportUnknownStep(step);
  }
}

const reportUnpacked =
  ({ metrics, logger }: Parts) =>
  (tenant: string, { envelopeEventIds, events, recorded, setAside, reasons }: UnpackedDeliveries): void => {
    metrics.unpacked.inc({ tenant, outcome: 'recorded' }, recorded);
    metrics.unpacked.inc({ tenant, outcome: 'duplicate' }, events - recorded);
    metrics.unpacked.inc({ tenant, outcome: 'set_aside' }, setAside);
    if (setAside === 0) return;
    const some = { envelopeEventIds: envelopeEventIds.slice(0, 10), reasons: [...new Set(reasons)].slice(0, 10) };
    logger.warn({ tenant, setAside, ...some }, 'events set aside: the API and the command line list them');
  };

const reportsOfUnpacking = (parts: Parts): Pick<Parameters<typeof startUnpacking>[0], 'onUnpacked' | 'onPutOff'> => ({
  onUnpacked: reportUnpacked(parts),
  onPutOff: reportPutOff(parts.logger),
});

const partsOfBulk = ({
  config,
  logger,
}: Parts): Pick<Parameters<typeof startBulkActions>[0], 'permitsCorrections' | 'onRecorded' | 'onFault'> => ({
  permitsCorrections: (tenant) => config.tenants[tenant]?.addresses.overrides !== 'forbidden',
  onRecorded: (tenant, anchor) => logAnchor(logger, tenant, anchor),
  onFault: (error, about) => logger.error({ err: error, ...about }, 'an action on a filter failed for a shipment'),
});

const reportPutOff =
  (logger: Logger) =>
  (tenant: string, { id: delivery, failures, isReported, isSetAside }: PutOff): void => {
    if (!isReported) return;
    const what = isSetAside ? 'a delivery that cannot be unpacked is set aside' : 'a delivery cannot be unpacked';
    logger.error({ tenant, delivery, failures }, what);
  };

function portsOfJob(
  { environment, ledger, contextOf, metrics, logger }: Parts,
  caller: PacedJob['caller'],
  reportUnknownStep: (step: string) => void,
): JobPorts {
  return {
    context: withLease(contextOf(caller), {
      leaseMs: environment.LEASE_MS,
      renew: (attempt) => renewLease(ledger, attempt, environment.LEASE_MS),
      renewRegistration: (attempt) => renewRegistrationLease(ledger, attempt, environment.LEASE_MS),
      renewHub: (table, { id, leaseId }) =>
        renewHubLease(ledger, table, { id, leaseId, leaseMs: environment.LEASE_MS }),
      onError: (error) => logger.warn({ err: error }, 'a lease was not renewed'),
    }),
    knownSteps,
    onEnded: ({ step, subjectId, outcome, why }) => {
      metrics.jobs.inc({ step, outcome });
      logger.debug({ step, subjectId, outcome, why }, 'job ended');
    },
    onUnknownStep: (step) => {
      metrics.unknownStepJobs.inc({ step });
      reportUnknownStep(step);
    },
  };
}

function startErasingOld(parts: Parts): ReturnType<typeof startErasing> {
  const { environment, config, ledger, metrics, logger, onError } = parts;
  return startErasing({
    ledger,
    retentions: retentionsOf(config),
    idempotencyHours: environment.IDEMPOTENCY_HOURS,
    everyMs: environment.ERASE_EVERY_MS,
    onErased: (what, rows) => {
      metrics.erased.inc({ what }, rows);
      logger.info({ what, rows }, 'data whose retention ended was erased');
    },
    onResealed: (values) => logger.info({ values, activeKey: ledger.sealing.activeKey }, 'values were sealed again'),
    onError,
  });
}
