/** Which keys may be accepted, without asking the database for each: a flood of wrong ones costs one query every five seconds. */
export interface AcceptedKeys {
  /** False too for a key that was created within the last five seconds. */
  has: (hash: string) => Promise<boolean>;
  forget: (hash: string) => void;
}

const freshForMs = 5_000;

/** `list` returns the hashes of all accepted keys. While it fails, no key is known. */
export function createAcceptedKeys(
  list: () => Promise<readonly string[]>,
  nowMs: () => number = () => performance.now(),
): AcceptedKeys {
  let hashes = new Set<string>();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const read = async (): Promise<void> => {
    readAtMs = nowMs();
    hashes = new Set(await list().catch(() => []));
  };
  return {
    has: async (hash) => {
      if (nowMs() - readAtMs >= freshForMs)
        reading ??= read().finally(() => {
          reading = null;
        });
      await reading;
      return hashes.has(hash);
    },
    forget: (hash) => void hashes.delete(hash),
  };
}
