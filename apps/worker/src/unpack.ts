import type { Ledger } from '@keycourier/ledger/connect-ledger';
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

export interface Unpacking {
  wake: () => void;
  close: () => Promise<void>;
}

/**
 * Records the events of deliveries that the receiver kept as they came: one row of each tenant in turn, so that a tenant with
 * thousands of them delays another's by one. Any number of workers may do it.
 */
export function startUnpacking(options: {
  ledger: Ledger;
  onUnpacked: (tenant: string, unpacked: UnpackedDeliveries) => void;
  onError: (error: unknown) => void;
}): Unpacking {
  const { ledger, onUnpacked, onError } = options;
  let isClosing = false;
  const unpackSome = async (): Promise<boolean> => {
    let isMore = false;
    for (const tenant of await tenantsWithDeliveries(ledger)) {
      if (isClosing) return false;
      const unpacked = await unpackNext(ledger, tenant);
      if (unpacked === null) continue;
      isMore = true;
      onUnpacked(tenant, unpacked);
    }
    return isMore;
  };
  let again: NodeJS.Timeout | undefined;
  const drain = createDrain(unpackSome, (error) => {
    onError(error);
    clearTimeout(again);
    again = setTimeout(drain.wake, againAfterMs);
  });
  const timer = setInterval(drain.wake, lookEveryMs);
  drain.wake();
  return {
    wake: drain.wake,
    close: async () => {
      isClosing = true;
      clearInterval(timer);
      await drain.close();
      clearTimeout(again);
    },
  };
}
