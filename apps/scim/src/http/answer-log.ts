import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { countAnswers } from '@keycourier/ledger/directory/connections/counts';
import { clearFailures, recordFailures, type FailureSubject } from '@keycourier/ledger/directory/connections/failures';
import type { Logger } from '@keycourier/runtime/logger';
import type { ScimError } from '@keycourier/scim-protocol/scim-error';

/** What became of a write of one resource. */
export interface Outcome {
  subject: FailureSubject;
  /** Why it was refused; null where it was not. */
  error: ScimError | null;
}

/** What happened to a request, for the people who look after the connection. */
export interface Answered {
  connection: Connection;
  status: number;
  /** Of what it wrote, or would have; empty for a read. */
  outcomes: readonly Outcome[];
}

export interface AnswerLog {
  /**
   * Counts the answer, and keeps the last refusal of each subject until a write of it succeeds. Nothing waits for it, and a
   * flood of requests costs a connection no more than two statements a second.
   */
  add: (answered: Answered) => void;
  /** Writes what is only kept in memory yet. */
  close: () => Promise<void>;
}

const flushEveryMs = 1_000;

/** A refusal, not a fault. */
const notImplemented = 501;

/** Of one connection, until they are written; of more, the outcome is not kept. */
const maxSubjects = 10_000;

interface Kept {
  subject: FailureSubject;
  /** A write succeeded since they were written: what failed before is over. */
  isCleared: boolean;
  failure: { at: Date; error: ScimError; times: number } | null;
}

interface Pending {
  connection: Connection;
  requests: number;
  refused: number;
  failed: number;
  kept: Map<string, Kept>;
}

export function createAnswerLog(ledger: Ledger, logger: Logger): AnswerLog {
  const pending = new Map<string, Pending>();
  let running: Promise<void> | null = null;
  const flush = async (): Promise<void> => {
    const all = [...pending.values()];
    pending.clear();
    for (const one of all)
      await write(ledger, one).catch((err: unknown) => logger.warn({ err }, 'SCIM answers could not be recorded'));
  };
  const flushOnce = (): Promise<void> => {
    running ??= flush().finally(() => {
      running = null;
    });
    return running;
  };
  let timer: NodeJS.Timeout | null = null;
  const flushSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      // What was added meanwhile.
      void flushOnce().then(() => (pending.size > 0 ? flushSoon() : undefined));
    }, flushEveryMs).unref();
  };
  return {
    add: ({ connection, status, outcomes }) => {
      const one = pending.get(connection.id) ?? emptyOf(connection);
      pending.set(connection.id, one);
      one.requests += 1;
      if (status >= 500 && status !== notImplemented) one.failed += 1;
      else if (status >= 400) one.refused += 1;
      for (const outcome of outcomes) keep(one.kept, outcome, ledger.now());
      flushSoon();
    },
    close: async () => {
      if (timer !== null) clearTimeout(timer);
      await flushOnce();
      await flushOnce();
    },
  };
}

const emptyOf = (connection: Connection): Pending => ({
  connection,
  requests: 0,
  refused: 0,
  failed: 0,
  kept: new Map(),
});

function keep(kept: Map<string, Kept>, { subject, error }: Outcome, at: Date): void {
  const key = 'id' in subject ? `id ${subject.id}` : `name ${subject.userName}`;
  const before = kept.get(key) ?? { subject, isCleared: false, failure: null };
  if (kept.size >= maxSubjects && !kept.has(key)) return;
  if (error === null) kept.set(key, { subject, isCleared: true, failure: null });
  else kept.set(key, { ...before, failure: { at, error, times: (before.failure?.times ?? 0) + 1 } });
}

async function write(ledger: Ledger, { connection, kept, ...counts }: Pending): Promise<void> {
  await countAnswers(ledger, connection.id, counts);
  const all = [...kept.values()];
  const cleared = all.filter(({ isCleared }) => isCleared).map(({ subject }) => subject);
  if (cleared.length > 0) await clearFailures(ledger, connection, cleared);
  const failures = all.flatMap(({ subject, failure }) =>
    failure === null ? [] : [{ subject, at: failure.at, times: failure.times, ...detailsOf(failure.error) }],
  );
  if (failures.length > 0) await recordFailures(ledger, connection, failures);
}

const detailsOf = ({ status, scimType, message }: ScimError) => ({ status, scimType, detail: message });
