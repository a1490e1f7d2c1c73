/** Looks up the same key for all who ask at the same time. */
export type JoinLookups<Found> = (key: string, lookUp: () => Promise<Found>) => Promise<Found>;

interface Lookups<Found> {
  running: Promise<Found>;
  next: Promise<Found> | null;
}

/**
 * At most one lookup of a key runs. Who asks meanwhile gets the answer of the next one, which starts afterwards: an answer
 * is never older than its question, so a key that was revoked is refused at once. If the running one fails, so do they.
 */
export function createJoinLookups<Found>(): JoinLookups<Found> {
  const lookups = new Map<string, Lookups<Found>>();
  const start = (key: string, lookUp: () => Promise<Found>): Promise<Found> => {
    const one: Lookups<Found> = { running: lookUp(), next: null };
    lookups.set(key, one);
    const remove = (): void => {
      if (lookups.get(key) === one) lookups.delete(key);
    };
    one.running.then(remove, remove);
    return one.running;
  };
  return (key, lookUp) => {
    const current = lookups.get(key);
    if (current === undefined) return start(key, lookUp);
    current.next ??= current.running.then(() => start(key, lookUp));
    return current.next;
  };
}
