/** Whether there is nothing that a look by time could find: the many looks of a worker are rare then. */
export interface Rest {
  /** One answer serves all who ask at the same moment. False while the database is away. */
  isAtRest: () => Promise<boolean>;
  /** Whether a worker that is gone may have left a job in a queue; once a minute in any case, for a job without a message. */
  mayBeStalled: () => Promise<boolean>;
}

/** The looks of all queues begin within a few milliseconds of each other. */
const oneMomentMs = 250;

const lookAnywayEveryMs = 60_000;

/** @param read - whether the ledger knows of nothing that is under way */
export function createRest(read: () => Promise<boolean>, nowMs: () => number = () => performance.now()): Rest {
  let latest = { atMs: Number.NEGATIVE_INFINITY, answer: Promise.resolve(false) };
  let lookedAnywayAtMs = Number.NEGATIVE_INFINITY;
  const isAtRest = (): Promise<boolean> => {
    if (nowMs() - latest.atMs >= oneMomentMs) latest = { atMs: nowMs(), answer: read().catch(() => false) };
    return latest.answer;
  };
  return {
    isAtRest,
    mayBeStalled: async () => {
      if (nowMs() - lookedAnywayAtMs >= lookAnywayEveryMs) lookedAnywayAtMs = nowMs();
      return nowMs() - lookedAnywayAtMs < oneMomentMs || !(await isAtRest());
    },
  };
}
