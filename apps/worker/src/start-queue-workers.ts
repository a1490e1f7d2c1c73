import type { Logger } from '@keycourier/runtime/logger';
import type { Job } from 'bullmq';

import type { QueueBackend, RoomQueue, RoomWorker } from '@keycourier/queues/backend';
import { rooms, type JobData, type Room } from '@keycourier/queues/job';
import { startWatchdog } from './watchdog.ts';

/** Jobs that one process runs at once, by room. What a tenant may have at a service is bounded at the service. */
const concurrency: Readonly<Record<Room, number>> = {
  intake: 8,
  // Twice what one tenant may have at a service, waiting ones counted: batches of one leave room for the others.
  shipments: 16,
  fulfillment: 16,
  activation: 4,
  'pin-delivery': 4,
};

const silentMs = 60_000;

/** A worker for each room, replaced when it falls silent while jobs wait. */
export function staffRooms(options: {
  backend: QueueBackend;
  queues: ReadonlyMap<Room, RoomQueue>;
  process: (job: Job<JobData>, token: string | undefined) => Promise<unknown>;
  logger: Logger;
  onError: (error: unknown) => void;
}): { close: () => Promise<void> } {
  const { backend, queues, logger } = options;
  const lastSigns = new Map<Room, number>(rooms.map((room) => [room, Date.now()]));
  const hire = (room: Room): RoomWorker =>
    backend.worker(room, concurrency[room], async (job, token) => {
      lastSigns.set(room, Date.now());
      try {
        return await options.process(job, token);
      } finally {
        lastSigns.set(room, Date.now());
      }
    });
  const workers = new Map<Room, RoomWorker>(rooms.map((room) => [room, hire(room)]));
  const watchdog = startWatchdog({
    queues,
    silentMs,
    lastSign: (room) => lastSigns.get(room) ?? 0,
    onSilent: async (room) => {
      logger.error({ room }, 'the worker of this room is silent while jobs wait: a new one takes over');
      const silent = workers.get(room);
      lastSigns.set(room, Date.now());
      workers.set(room, hire(room));
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
