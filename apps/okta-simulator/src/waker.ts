/** Looks for work whenever it is woken, and at an interval. */
export interface Waker {
  /** Looks now; safe to call at any time and repeatedly. */
  wake: () => void;
  /** Looks no more, and resolves when the current look has ended. */
  stop: () => Promise<void>;
}

interface Look {
  /** Without a call of `wake`; finds what has become due. */
  everyMs: number;
  /** Never runs twice at the same time. A wake during a look leads to another one after it. */
  look: () => Promise<void>;
  onError: (error: unknown) => void;
}

export function startWaker({ everyMs, look, onError }: Look): Waker {
  let stopped = false;
  let again = false;
  let looking: Promise<void> | undefined;

  const lookUntilDone = async (): Promise<void> => {
    do {
      again = false;
      await look();
    } while (again && !stopped);
  };
  const wake = (): void => {
    again = true;
    if (stopped || looking !== undefined) return;
    looking = lookUntilDone()
      .catch(onError)
      .finally(() => (looking = undefined));
  };

  const timer = setInterval(wake, everyMs);
  wake();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
