/** Looks for work whenever it is woken, and at an interval. */
export interface Waker {
  /** Looks now; safe to call at any time and repeatedly. */
  wake: () => void;
  /** Looks no more, and resolves when the current look has ended. */
  stop: () => Promise<void>;
}

/** While something waits to become due. */
const everyMs = 250;

/** Until the next look where nothing waits: what comes wakes. */
const idleEveryMs = 5_000;

interface Look {
  /**
   * Never runs twice at the same time. A wake during a look leads to another one after it.
   * @returns whether something waits that no call of `wake` will tell of
   */
  look: () => Promise<boolean>;
  onError: (error: unknown) => void;
}

export function startWaker({ look, onError }: Look): Waker {
  let stopped = false;
  let again = false;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const lookAgainIn = (waitMs: number): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(wake, waitMs);
  };
  const lookUntilDone = async (): Promise<void> => {
    // Also after a failure.
    lookAgainIn(everyMs);
    let isWaiting: boolean;
    do {
      again = false;
      isWaiting = await look();
    } while (again && !stopped);
    lookAgainIn(isWaiting ? everyMs : idleEveryMs);
  };
  const wake = (): void => {
    again = true;
    if (stopped || looking !== undefined) return;
    looking = lookUntilDone()
      .catch(onError)
      .finally(() => (looking = undefined));
  };

  wake();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
