/** Works until `workSome` finds nothing more to do; once more for any wake meanwhile. Wakes until `gathered` has ended are one. */
export function createDrain(
  workSome: () => Promise<boolean>,
  onError: (error: unknown) => void,
  gathered: () => Promise<void> | null = () => null,
): { wake: () => void; close: () => Promise<void> } {
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;
  const drain = async (): Promise<void> => {
    do {
      const gathering = gathered();
      if (gathering !== null) await gathering;
      again = false;
      while (!closed && (await workSome()));
    } while (again && !closed);
  };
  return {
    wake: () => {
      again = true;
      if (closed || running !== null) return;
      running = drain()
        .catch(onError)
        .finally(() => {
          running = null;
        });
    },
    close: async () => {
      closed = true;
      await running;
    },
  };
}

/** Until the next look without a notification: one was lost, or the worker that had the work is gone. */
const standardLookEveryMs = 30_000;

/** Drains at once, whenever it is woken, and every `lookEveryMs`. */
export function startDrain(
  workSome: () => Promise<boolean>,
  {
    onError,
    lookEveryMs = standardLookEveryMs,
  }: { onError: (error: unknown) => void; lookEveryMs?: number | undefined },
): { wake: () => void; close: () => Promise<void> } {
  const drain = createDrain(workSome, onError);
  const timer = setInterval(drain.wake, lookEveryMs);
  drain.wake();
  return {
    wake: drain.wake,
    close: async () => {
      clearInterval(timer);
      await drain.close();
    },
  };
}
