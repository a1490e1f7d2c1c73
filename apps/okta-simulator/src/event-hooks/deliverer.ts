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

/** The interval for checking the queues without a call of `wake`, which finds due retries. */
const checkEveryMs = 250;

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
    everyMs: checkEveryMs,
    look: async () => {
      for (const hookId of await hooksWithWork(org)) startLane(hookId);
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
