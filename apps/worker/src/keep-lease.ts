import type { Context } from '@keycourier/journey/ports/context';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';

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
    renew: (attempt: StepAttempt) => Promise<boolean>;
    onError: (error: unknown) => void;
  },
): Context {
  const { ledger } = context;
  let lease: Lease | null = null;
  const confirm = async (): Promise<void> => lease?.confirm();
  return {
    ...context,
    identity: guarded(context.identity, confirm),
    fulfillment: guarded(context.fulfillment, confirm),
    mail: guarded(context.mail, confirm),
    ledger: {
      ...ledger,
      move: guarded(ledger, confirm).move,
      claimStep: async (step, shipmentId, dispatchId) => {
        const askedAtMs = performance.now();
        const claim = await ledger.claimStep(step, shipmentId, dispatchId);
        if (claim.outcome === 'claimed')
          lease = holdLease({ ...options, askedAtMs, renew: () => options.renew(claim.attempt) });
        return claim;
      },
      finishAttempt: async (attempt, ended) => {
        lease?.end();
        lease = null;
        await ledger.finishAttempt(attempt, ended);
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
