import type { Org } from '../context.ts';
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
  let looking: Promise<void> | undefined;
  let again = false;

  const startLane = (hookId: string): void => {
    if (lanes.has(hookId)) return;
    const lane = drain(org, hookId, () => stopped)
      .catch((error: unknown) => org.logger.error({ err: error, hookId }, 'event hook lane failed'))
      .finally(() => lanes.delete(hookId));
    lanes.set(hookId, lane);
  };
  const look = async (): Promise<void> => {
    do {
      again = false;
      for (const hookId of await hooksWithWork(org)) startLane(hookId);
    } while (again && !stopped);
  };
  const wake = (): void => {
    again = true;
    if (stopped || looking !== undefined) return;
    looking = look()
      .catch((error: unknown) => org.logger.error({ err: error }, 'cannot read the event hook queues'))
      .finally(() => (looking = undefined));
  };

  const timer = setInterval(wake, checkEveryMs);
  wake();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await looking;
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
