import type { Context } from '@keycourier/journey/ports/context';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';

/** The attempt's lease ran out while it ran: another attempt may be running now, and this one must not act any more. */
export class LeaseLostError extends Error {
  readonly code = 'lease_lost';
  readonly level = 'warn';

  constructor() {
    super('The attempt has lost its lease');
    this.name = 'LeaseLostError';
  }
}

interface LeaseOptions {
  leaseMs: number;
  /** Renews an attempt's lease; false when the attempt has lost it. */
  renew: (attempt: StepAttempt) => Promise<boolean>;
  onError: (error: unknown) => void;
}

/**
 * The context of one job: from the claim of its step on, the lease is renewed, and once it is lost, each move and each call
 * to a service is refused before it is made.
 * @throws LeaseLostError from those
 */
export function withLease(context: Context, options: LeaseOptions): Context {
  const { ledger } = context;
  let lease: Lease | null = null;
  const confirm = async (): Promise<void> => lease?.confirm();
  return {
    ...context,
    identity: guard(context.identity, confirm),
    fulfillment: guard(context.fulfillment, confirm),
    mail: guard(context.mail, confirm),
    ledger: {
      ...ledger,
      move: guard(ledger, confirm).move,
      claimStep: async (step, shipmentId, dispatchId) => {
        const claimedAtMs = performance.now();
        const claim = await ledger.claimStep(step, shipmentId, dispatchId);
        if (claim.outcome === 'claimed')
          lease = holdLease({ ...options, claimedAtMs, renew: () => options.renew(claim.attempt) });
        return claim;
      },
      finishAttempt: async (attempt, result) => {
        lease?.end();
        lease = null;
        await ledger.finishAttempt(attempt, result);
      },
    },
  };
}

/** A port that confirms the lease before each call. */
function guard<Port extends object>(port: Port, confirm: () => Promise<void>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return async (...parameters: unknown[]): Promise<unknown> => {
        await confirm();
        const result: unknown = Reflect.apply(call, target, parameters);
        return result;
      };
    },
  });
}

export interface Lease {
  /**
   * Resolves while the attempt may act.
   * @throws LeaseLostError; the error of `renew` when the lease may have run out and the ledger cannot be asked
   */
  confirm: () => Promise<void>;
  end: () => void;
}

/**
 * Renews a lease of `leaseMs` that was claimed at `claimedAtMs` (of performance.now()) until it is ended. Where the process
 * could not renew it in time, because it was frozen or the ledger was away, `confirm` asks the ledger first.
 */
export function holdLease(options: {
  leaseMs: number;
  claimedAtMs: number;
  /** False when another attempt has the lease, or it was ended. */
  renew: () => Promise<boolean>;
  onError: (error: unknown) => void;
}): Lease {
  const { leaseMs } = options;
  let isLost = false;
  let heldUntilMs = options.claimedAtMs + leaseMs;
  const renew = async (): Promise<void> => {
    const renewedAtMs = performance.now();
    if (await options.renew()) heldUntilMs = Math.max(heldUntilMs, renewedAtMs + leaseMs);
    else lose();
  };
  const timer = setInterval(() => void renew().catch(options.onError), leaseMs / 3);
  const lose = (): void => {
    isLost = true;
    clearInterval(timer);
  };
  return {
    confirm: async () => {
      if (!isLost && performance.now() >= heldUntilMs) await renew();
      if (isLost) throw new LeaseLostError();
    },
    end: () => clearInterval(timer),
  };
}
