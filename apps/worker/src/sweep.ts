import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { OutboxMessage } from '@keycourier/ledger/outbox/publish-due';
import { repairOutbox } from '@keycourier/ledger/outbox/repair-outbox';
import { sweepOverdue } from '@keycourier/ledger/outbox/sweep-overdue';
import type { JobQueue } from '@keycourier/queues/backend';
import { jobIdOf, queueOf, type QueueName } from '@keycourier/queues/job';

/** States in which a job will still be run, or is being run, without anybody's help. */
const alive: readonly string[] = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'];

/**
 * Looks, every now and then, for what was lost on the way: jobs that the queue no longer has, shipments that owe a door
 * nobody was told of, lines that could move. It changes nothing in a healthy house.
 */
export function startSweep(options: {
  ledger: Ledger;
  queues: ReadonlyMap<QueueName, JobQueue>;
  everyMs: number;
  graceMs: number;
  onFound: (found: { republished: number; repaired: readonly string[] }) => void;
  onError: (error: unknown) => void;
}): { close: () => Promise<void> } {
  const { ledger, queues, graceMs } = options;
  let running: Promise<void> | null = null;
  const isAlive = async (message: OutboxMessage): Promise<boolean> => {
    const state = await queues.get(queueOf(message.step))?.stateOf(jobIdOf(message));
    return state !== undefined && alive.includes(state);
  };
  const sweep = async (): Promise<void> => {
    const republished = await sweepOverdue(ledger, { graceMs, limit: 1_000, isAlive });
    const repaired = await repairOutbox(ledger, 1_000);
    if (republished > 0 || repaired.length > 0) options.onFound({ republished, repaired });
  };
  const timer = setInterval(() => {
    running ??= sweep()
      .catch(options.onError)
      .finally(() => {
        running = null;
      });
  }, options.everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
