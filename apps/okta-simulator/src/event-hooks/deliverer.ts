import type { Org } from '../context.ts';
import { startWaker } from '../waker.ts';
import { claimDelivery, hooksWithWork } from './claim-delivery.ts';
import { deliver } from './deliver.ts';

export interface Deliverer {
  /** Checks the queues now; safe to call at any time and repeatedly. */
  wake: () => void;
  /** Starts no new calls and resolves when the current ones have ended. Queued events stay queued. */
  stop: () => Promise<void>;
}

/** Each hook has its own lane, so that a hanging hook does not delay the others. */
export function startDeliverer(org: Org): Deliverer {
  const lanes = new Map<string, Promise<void>>();
  let stopped = false;

  const startLane = (hookId: string): void => {
    if (lanes.has(hookId)) return;
    const lane = drain(org, hookId, () => stopped)
      .catch((error: unknown) => org.logger.error({ err: error, hookId }, 'event hook lane failed'))
      .finally(() => lanes.delete(hookId));
    lanes.set(hookId, lane);
  };
  const waker = startWaker({
    look: async () => {
      const { due, isWaiting } = await hooksWithWork(org);
      for (const hookId of due) startLane(hookId);
      return isWaiting;
    },
    onError: (error) => org.logger.error({ err: error }, 'cannot read the event hook queues'),
  });
  return {
    wake: waker.wake,
    stop: async () => {
      stopped = true;
      await waker.stop();
      await Promise.all(lanes.values());
    },
  };
}

async function drain(org: Org, hookId: string, isStopped: () => boolean): Promise<void> {
  while (!isStopped()) {
    const delivery = await claimDelivery(org, hookId);
    if (delivery === undefined) return;
    await deliver(org, delivery);
  }
}
