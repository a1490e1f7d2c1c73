import type { Org } from '../context.ts';
import { claimDelivery, hooksWithWork } from './claim-delivery.ts';
import { deliver } from './deliver.ts';

export interface Deliverer {
  /** Looks for work now; safe to call at any time, any number of times. */
  wake: () => void;
  /** Takes nothing new and resolves when the calls under way have ended. What is queued stays queued. */
  stop: () => Promise<void>;
}

/** How often the queues are looked at when nobody says that there is something: finds due retries. */
const lookEveryMs = 250;

/** Each hook has a lane of its own, so that one which hangs delays no other. */
export function startDeliverer(org: Org): Deliverer {
  const lanes = new Map<string, Promise<void>>();
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;

  const openLane = (hookId: string): void => {
    if (lanes.has(hookId)) return;
    const lane = drain(org, hookId, () => stopped)
      .catch((error: unknown) => org.logger.error({ err: error, hookId }, 'event hook lane failed'))
      .finally(() => lanes.delete(hookId));
    lanes.set(hookId, lane);
  };
  const look = async (): Promise<void> => {
    do {
      again = false;
      for (const hookId of await hooksWithWork(org)) openLane(hookId);
    } while (again && !stopped);
  };
  const wake = (): void => {
    again = true;
    if (stopped || looking !== undefined) return;
    looking = look()
      .catch((error: unknown) => org.logger.error({ err: error }, 'cannot read the event hook queues'))
      .finally(() => (looking = undefined));
  };

  const timer = setInterval(wake, lookEveryMs);
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
