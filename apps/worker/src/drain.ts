/** Works until `workSome` finds nothing more to do; once more for any wake meanwhile. */
export function createDrain(
  workSome: () => Promise<boolean>,
  onError: (error: unknown) => void,
): { wake: () => void; close: () => Promise<void> } {
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;
  const drain = async (): Promise<void> => {
    do {
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
