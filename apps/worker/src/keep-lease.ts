import type { Context, Visit } from '@keycourier/journey/ports/context';

import { holdLease, type Lease } from './lease.ts';

/**
 * The house as one job finds it: from the moment that it enters a door, its lease is kept alive, and once the lease is
 * lost, every move and every call to the outside is refused before it is made.
 * @throws LeaseLostError from those
 */
export function keepLease(
  context: Context,
  options: {
    leaseMs: number;
    /** Prolongs a visit's lease; false when the visit has lost it. */
    renew: (visit: Visit) => Promise<boolean>;
    onError: (error: unknown) => void;
  },
): Context {
  const { ledger } = context;
  let lease: Lease | null = null;
  const confirm = async (): Promise<void> => lease?.confirm();
  return {
    ...context,
    okta: guarded(context.okta, confirm),
    fulfillment: guarded(context.fulfillment, confirm),
    mail: guarded(context.mail, confirm),
    ledger: {
      ...ledger,
      move: guarded(ledger, confirm).move,
      enter: async (door, shipmentId, turn) => {
        const askedAtMs = performance.now();
        const entry = await ledger.enter(door, shipmentId, turn);
        if (entry.outcome === 'entered')
          lease = holdLease({ ...options, askedAtMs, renew: () => options.renew(entry.visit) });
        return entry;
      },
      leave: async (visit, ending) => {
        lease?.end();
        lease = null;
        await ledger.leave(visit, ending);
      },
    },
  };
}

/** A port each of whose calls first makes sure that it may be made. */
function guarded<Port extends object>(port: Port, confirm: () => Promise<void>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return async (...given: unknown[]): Promise<unknown> => {
        await confirm();
        const answer: unknown = Reflect.apply(call, target, given);
        return answer;
      };
    },
  });
}
