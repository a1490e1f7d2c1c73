/** The attempt's lease ran out while it ran: another attempt may be running now, and this one must not act any more. */
export class LeaseLostError extends Error {
  readonly code = 'lease_lost';
  readonly level = 'warn';

  constructor() {
    super('The attempt has lost its lease');
    this.name = 'LeaseLostError';
  }
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
