import type { QueueName } from '@keycourier/journey/steps/steps';
import type { JobQueue } from '@keycourier/queues/backend';

const checkEveryMs = 10_000;

/**
 * A worker can fall silent after a long outage of its store without an error (BullMQ's history has several such bugs).
 * When jobs wait, none is being run, and nothing has ended for `silentMs`, `onSilent` is to put a new one in its place.
 */
export function startWatchdog(options: {
  queues: ReadonlyMap<QueueName, JobQueue>;
  silentMs: number;
  lastSign: (queueName: QueueName) => number;
  onSilent: (queueName: QueueName) => Promise<void>;
  onError: (error: unknown) => void;
}): { close: () => void } {
  const check = async (): Promise<void> => {
    for (const [queueName, queue] of options.queues) {
      if (Date.now() - options.lastSign(queueName) < options.silentMs) continue;
      const { waiting, active } = await queue.load();
      if (waiting > 0 && active === 0) await options.onSilent(queueName);
    }
  };
  const timer = setInterval(() => void check().catch(options.onError), checkEveryMs);
  return { close: () => clearInterval(timer) };
}
