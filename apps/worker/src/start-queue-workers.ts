import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import type { QueueBackend, JobQueue, JobWorker } from '@keycourier/queues/backend';
import type { JobData } from '@keycourier/queues/job';
import type { Logger } from '@keycourier/runtime/logger';
import type { Job } from 'bullmq';

import { startWatchdog } from './watchdog.ts';

/** Jobs that one process runs at once, by room. What a tenant may have at a service is bounded at the service. */
const concurrency: Readonly<Record<QueueName, number>> = {
  intake: 8,
  // Twice what one tenant may have at a service, waiting ones counted: batches of one leave room for the others.
  shipments: 16,
  fulfillment: 16,
  activation: 4,
  'pin-delivery': 4,
};

const silentMs = 60_000;

/** A worker for each room, replaced when it falls silent while jobs wait. */
export function startQueueWorkers(options: {
  backend: QueueBackend;
  queues: ReadonlyMap<QueueName, JobQueue>;
  process: (job: Job<JobData>, token: string | undefined) => Promise<unknown>;
  logger: Logger;
  onError: (error: unknown) => void;
}): { close: () => Promise<void> } {
  const { backend, queues, logger } = options;
  const lastSigns = new Map<QueueName, number>(queueNames.map((queueName) => [queueName, Date.now()]));
  const startWorker = (queueName: QueueName): JobWorker =>
    backend.worker(queueName, concurrency[queueName], async (job, token) => {
      lastSigns.set(queueName, Date.now());
      try {
        return await options.process(job, token);
      } finally {
        lastSigns.set(queueName, Date.now());
      }
    });
  const workers = new Map<QueueName, JobWorker>(queueNames.map((queueName) => [queueName, startWorker(queueName)]));
  const watchdog = startWatchdog({
    queues,
    silentMs,
    lastSign: (queueName) => lastSigns.get(queueName) ?? 0,
    onSilent: async (queueName) => {
      logger.error({ queueName }, 'the worker of this room is silent while jobs wait: a new one takes over');
      const silent = workers.get(queueName);
      lastSigns.set(queueName, Date.now());
      workers.set(queueName, startWorker(queueName));
      await silent?.close(true);
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
