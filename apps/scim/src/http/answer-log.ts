import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { countAnswers } from '@keycourier/ledger/directory/connections/counts';
import { clearFailures, recordFailure, type FailureSubject } from '@keycourier/ledger/directory/connections/failures';
import type { Logger } from '@keycourier/runtime/logger';
import type { ScimError } from '@keycourier/scim-protocol/scim-error';

/** What happened to a request, for the people who look after the connection. */
export interface Answered {
  connection: Connection;
  status: number;
  /** Why it was refused; null where it was not. */
  error: ScimError | null;
  /** Whom a write was about; null for a read. */
  subject: FailureSubject | null;
}

export interface AnswerLog {
  /** Counts the answer, and keeps the last refusal of each subject until a write of it succeeds. Nothing waits for it. */
  add: (answered: Answered) => void;
  /** Writes what is only kept in memory yet. */
  close: () => Promise<void>;
}

/** A request costs no statement for its counts. */
const flushEveryMs = 5_000;

interface Pending {
  connection: Connection;
  requests: number;
  refused: number;
  failed: number;
  succeeded: FailureSubject[];
}

export function createAnswerLog(ledger: Ledger, logger: Logger): AnswerLog {
  const pending = new Map<string, Pending>();
  const running = new Set<Promise<unknown>>();
  const run = (work: Promise<unknown>): void => {
    const caught: Promise<unknown> = work
      .catch((err: unknown) => logger.warn({ err }, 'a SCIM answer could not be recorded'))
      .finally(() => running.delete(caught));
    running.add(caught);
  };
  const flush = (): void => {
    for (const one of pending.values()) run(write(ledger, one));
    pending.clear();
  };
  const timer = setInterval(flush, flushEveryMs).unref();
  return {
    add: ({ connection, status, error, subject }) => {
      const one = pending.get(connection.id) ?? { connection, requests: 0, refused: 0, failed: 0, succeeded: [] };
      pending.set(connection.id, one);
      one.requests += 1;
      if (status >= 500) one.failed += 1;
      else if (status >= 400) one.refused += 1;
      if (subject === null) return;
      if (error === null) one.succeeded.push(subject);
      else {
        // What succeeded before must not clear this one.
        one.succeeded = one.succeeded.filter((other) => !isSame(other, subject));
        run(recordFailure(ledger, connection, toRecord(error, subject)));
      }
    },
    close: async () => {
      clearInterval(timer);
      flush();
      await Promise.all(running);
    },
  };
}

const toRecord = ({ status, scimType, message }: ScimError, subject: FailureSubject) => ({
  subject,
  status,
  scimType,
  detail: message,
});

const isSame = (one: FailureSubject, other: FailureSubject): boolean =>
  'id' in one ? 'id' in other && one.id === other.id : 'userName' in other && one.userName === other.userName;

async function write(ledger: Ledger, { connection, succeeded, ...counts }: Pending): Promise<void> {
  await countAnswers(ledger, connection.id, counts);
  if (succeeded.length > 0) await clearFailures(ledger, connection, succeeded);
}
