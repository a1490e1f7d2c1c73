/** A visit lost its door while it was inside: another may be in there now, and this one must not act any more. */
export class LeaseLostError extends Error {
  readonly code = 'lease_lost';
  readonly level = 'warn';

  constructor() {
    super('The visit has lost its lease');
    this.name = 'LeaseLostError';
  }
}

export interface Lease {
  /**
   * Resolves while the visit may act.
   * @throws LeaseLostError; what `renew` throws when the lease may have run out and nobody can tell
   */
  confirm: () => Promise<void>;
  end: () => void;
}

/**
 * Keeps a lease of `leaseMs` that was asked for at `askedAtMs` (of performance.now()) for as long as the visit lasts.
 * Where the process could not renew it in time, because it was frozen or the ledger was away, the ledger is asked before
 * anything else is done.
 */
export function holdLease(options: {
  leaseMs: number;
  askedAtMs: number;
  /** False when the lease is another's now, or ended. */
  renew: () => Promise<boolean>;
  onError: (error: unknown) => void;
}): Lease {
  const { leaseMs } = options;
  let isLost = false;
  let heldUntilMs = options.askedAtMs + leaseMs;
  const renew = async (): Promise<void> => {
    const askedAtMs = performance.now();
    if (await options.renew()) heldUntilMs = Math.max(heldUntilMs, askedAtMs + leaseMs);
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
