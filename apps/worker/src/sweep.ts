import type { Knock } from '@keycourier/ledger/outbox/publish-due';
import { mendKnocks } from '@keycourier/ledger/outbox/repair-outbox';
import { sweepOverdue } from '@keycourier/ledger/outbox/sweep-overdue';
import type { Ledger } from '@keycourier/ledger/connect-ledger';

import type { RoomQueue } from '@keycourier/queues/backend';
import { jobIdOf, roomOf, type Room } from '@keycourier/queues/job';

/** States in which a job will still be run, or is being run, without anybody's help. */
const alive: readonly string[] = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'];

/**
 * Looks, every now and then, for what was lost on the way: jobs that the queue no longer has, shipments that owe a door
 * nobody was told of, lines that could move. It changes nothing in a healthy house.
 */
export function startSweep(options: {
  ledger: Ledger;
  queues: ReadonlyMap<Room, RoomQueue>;
  everyMs: number;
  graceMs: number;
  onFound: (found: { republished: number; mended: readonly string[] }) => void;
  onError: (error: unknown) => void;
}): { close: () => Promise<void> } {
  const { ledger, queues, graceMs } = options;
  let running: Promise<void> | null = null;
  const isAlive = async (knock: Knock): Promise<boolean> => {
    const state = await queues.get(roomOf(knock.door))?.stateOf(jobIdOf(knock));
    return state !== undefined && alive.includes(state);
  };
  const sweep = async (): Promise<void> => {
    const republished = await sweepOverdue(ledger, { graceMs, limit: 1_000, isAlive });
    const mended = await mendKnocks(ledger, 1_000);
    if (republished > 0 || mended.length > 0) options.onFound({ republished, mended });
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
