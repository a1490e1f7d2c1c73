import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import type { QueueBackend, JobQueue, JobWorker } from '@keycourier/queues/backend';
import type { JobData } from '@keycourier/queues/job';
import type { Logger } from '@keycourier/runtime/logger';
import type { Job } from 'bullmq';

/** Steps that one process runs at once, by stage. The calls of a tenant to a service are limited in the connectors. */
const concurrency: Readonly<Record<QueueName, number>> = {
  intake: 8,
  // Twice the calls that a tenant may have running or waiting at a service: a batch of one tenant cannot fill the queue's workers.
  shipments: 16,
  fulfillment: 16,
  activation: 4,
  'pin-delivery': 4,
  registration: 2,
  hub: 4,
};

/** What one process runs at once: steps by stage, and shipments that go on in the jobs of their events. */
export const places = { ...concurrency, continued: 4 };

/** An event's job that goes on with its shipment holds no place of its stage: as many other events are decided meanwhile. */
const jobsAtOnce = { ...concurrency, intake: places.intake + places.continued };

const stalledAfterMs = 60_000;
const checkEveryMs = 30_000;

interface Options {
  backend: QueueBackend;
  queues: ReadonlyMap<QueueName, JobQueue>;
  isAtRest: () => Promise<boolean>;
  process: (job: Job<JobData>, token: string | undefined) => Promise<unknown>;
  logger: Logger;
  onError: (error: unknown) => void;
}

/** A worker for each queue, with a watchdog that replaces one that makes no progress while jobs wait. */
export function startQueueWorkers(options: Options): { close: () => Promise<void> } {
  const { backend, queues, logger } = options;
  const progressAt = new Map<QueueName, number>(queueNames.map((queueName) => [queueName, Date.now()]));
  const startWorker = (queueName: QueueName): JobWorker =>
    backend.worker(queueName, jobsAtOnce[queueName], async (job, token) => {
      progressAt.set(queueName, Date.now());
      try {
        return await options.process(job, token);
      } finally {
        progressAt.set(queueName, Date.now());
      }
    });
  const workers = new Map<QueueName, JobWorker>(queueNames.map((queueName) => [queueName, startWorker(queueName)]));
  const watchdog = startWatchdog({
    queues,
    isAtRest: options.isAtRest,
    progressAtMs: (queueName) => progressAt.get(queueName) ?? 0,
    onStalled: async (queueName) => {
      logger.error({ queueName }, 'worker makes no progress while jobs wait; replacing it');
      const stalled = workers.get(queueName);
      progressAt.set(queueName, Date.now());
      workers.set(queueName, startWorker(queueName));
      await stalled?.close(true);
    },
    onError: options.onError,
  });
  return {
    close: async () => {
      watchdog.close();
      await Promise.all([...workers.values()].map((worker) => worker.close()));
    },
  };
}

/**
 * After a long outage of its store a BullMQ worker can stop taking jobs without an error; several such bugs are on record.
 * A queue is stalled when jobs wait, none is running, and none started or ended for `stalledAfterMs`.
 */
function startWatchdog(options: {
  queues: ReadonlyMap<QueueName, JobQueue>;
  isAtRest: () => Promise<boolean>;
  progressAtMs: (queueName: QueueName) => number;
  onStalled: (queueName: QueueName) => Promise<void>;
  onError: (error: unknown) => void;
}): { close: () => void } {
  const check = async (): Promise<void> => {
    if (await options.isAtRest()) return;
    for (const [queueName, queue] of options.queues) {
      if (Date.now() - options.progressAtMs(queueName) < stalledAfterMs) continue;
      const { waiting, active } = await queue.load();
      if (waiting > 0 && active === 0) await options.onStalled(queueName);
    }
  };
  const timer = setInterval(() => void check().catch(options.onError), checkEveryMs);
  return { close: () => clearInterval(timer) };
}
