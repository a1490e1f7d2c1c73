import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { retryPutOff, type PutOff } from '@keycourier/ledger/deliveries/put-off-delivery';
import {
  tenantsWithDeliveries,
  unpackNext,
  type UnpackedDeliveries,
} from '@keycourier/ledger/deliveries/unpack-delivery';

import { createDrain } from './drain.ts';

/** Until the next look without a notification: one was lost, or a delivery was put off. */
const lookEveryMs = 10_000;

/** After a failure, when others of the tenant may be unpacked. */
const againAfterMs = 1_000;

/** Of a tenant whose delivery failed and could not be put off. Ends before the look that follows a failure. */
const leftOutMs = 900;

/** Tenants that are unpacked at once. One whose delivery waits for a lock, as long as a statement may, keeps one of them. */
const tenantsAtOnce = 3;

export interface Unpacking {
  wake: () => void;
  close: () => Promise<void>;
}

interface Options {
  ledger: Ledger;
  onUnpacked: (tenant: string, unpacked: UnpackedDeliveries) => void;
  onPutOff: (tenant: string, delivery: PutOff) => void;
  onError: (error: unknown) => void;
}

/**
 * Records the events of deliveries that the receiver kept as they came: one row of each tenant in turn, so that a tenant with
 * thousands of them, or with one that fails, delays another's by one. Any number of workers may do it. What others have put
 * off is due when it starts.
 */
export function startUnpacking(options: Options): Unpacking {
  const { ledger, onError } = options;
  let isClosing = false;
  let again: NodeJS.Timeout | undefined;
  const onFailed = (error: unknown): void => {
    onError(error);
    clearTimeout(again);
    if (!isClosing) again = setTimeout(wake, againAfterMs);
  };
  const unpackSome = createUnpacker({ ...options, onError: onFailed }, () => isClosing);
  const drains = Array.from({ length: tenantsAtOnce }, () => createDrain(unpackSome, onFailed));
  const wake = (): void => {
    for (const drain of drains) drain.wake();
  };
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    if ((await tenantsWithDeliveries(ledger)).length > 0) wake();
  };
  const timer = setInterval(() => {
    looking = look().catch(onFailed);
  }, lookEveryMs);
  const starting = retryPutOff(ledger).catch(onFailed);
  void starting.then(wake);
  return {
    wake,
    close: async () => {
      isClosing = true;
      clearInterval(timer);
      await Promise.all([starting, looking]);
      await Promise.all(drains.map((drain) => drain.close()));
      clearTimeout(again);
    },
  };
}

/** @returns what unpacks a delivery of each tenant that is not at work elsewhere in this process: whether there was one */
function createUnpacker(
  { ledger, onUnpacked, onPutOff, onError }: Options,
  isClosing: () => boolean,
): () => Promise<boolean> {
  const busy = new Set<string>();
  const leftOutUntilMs = new Map<string, number>();
  const unpackOne = async (tenant: string): Promise<boolean> => {
    let isPutOff = false;
    try {
      const unpacked = await unpackNext(ledger, tenant, (delivery) => {
        isPutOff = true;
        onPutOff(tenant, delivery);
      });
      if (unpacked !== null) onUnpacked(tenant, unpacked);
      return unpacked !== null;
    } catch (error) {
      // It is as due as before, and would be taken again and again.
      if (!isPutOff) leftOutUntilMs.set(tenant, performance.now() + leftOutMs);
      onError(error);
      return false;
    }
  };
  return async () => {
    let isMore = false;
    for (const tenant of await tenantsWithDeliveries(ledger)) {
      if (isClosing()) return false;
      if (busy.has(tenant) || (leftOutUntilMs.get(tenant) ?? 0) > performance.now()) continue;
      leftOutUntilMs.delete(tenant);
      busy.add(tenant);
      const isUnpacked = await unpackOne(tenant).finally(() => busy.delete(tenant));
      isMore ||= isUnpacked;
    }
    return isMore;
  };
}
