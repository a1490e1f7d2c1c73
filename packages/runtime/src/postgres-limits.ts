/** How long a process waits for Postgres, in milliseconds. A wait that ends by one of these ends with an error. */
export interface PostgresLimits {
  /** For a connection: a new one, or one of the pool's that becomes free. */
  connectMs: number;
  /** For a statement's answer, counted here: a server that is frozen or unreachable answers nothing. */
  answerMs: number;
  /** For a statement, counted by the server, which then ends it. Shorter, so that the connection stays usable. */
  statementMs: number;
  /** For a lock. */
  lockMs: number;
  /** How long a transaction may be idle before the server ends its connection and releases its locks. */
  idleInTransactionMs: number;
}

export type PostgresUse = 'request' | 'provisioning' | 'bulk' | 'job' | 'migration';

/**
 * Of uses for which someone waits, and whose statements may be long: while one is, a new connection is asked for this
 * often, and must be answered, if only by a refusal, in this time. So a server that answers no one ends such a statement,
 * and a lock does not.
 */
export const silentServer = {
  uses: new Set<PostgresUse>(['provisioning', 'bulk']),
  askEveryMs: 300,
  answerMs: 1_000,
} as const;

/**
 * The one home of these limits (docs/limits.md).
 *
 * - `request`: someone waits for the answer, which is 503 after at most two seconds.
 * - `provisioning`: a SCIM client waits, 30 s and more. Requests of one group follow each other, and one may have 1,000
 *   operations or 10,000 members.
 * - `bulk`: a file of thousands of rows, written in one transaction that may wait for locks.
 * - `job`: a worker's statements. What it drains ends within its 25 s.
 * - `migration`: may rewrite a large table. It gives up on a lock, since everything else queues behind it.
 */
export const postgresLimits: Readonly<Record<PostgresUse, PostgresLimits>> = {
  request: { connectMs: 1_500, answerMs: 1_800, statementMs: 1_500, lockMs: 1_200, idleInTransactionMs: 10_000 },
  provisioning: {
    connectMs: 1_500,
    answerMs: 11_500,
    statementMs: 11_000,
    lockMs: 10_000,
    idleInTransactionMs: 10_000,
  },
  bulk: { connectMs: 5_000, answerMs: 20_000, statementMs: 18_000, lockMs: 15_000, idleInTransactionMs: 30_000 },
  job: { connectMs: 5_000, answerMs: 8_000, statementMs: 7_000, lockMs: 5_000, idleInTransactionMs: 30_000 },
  migration: {
    connectMs: 5_000,
    answerMs: 3_600_000,
    statementMs: 3_600_000,
    lockMs: 30_000,
    idleInTransactionMs: 60_000,
  },
};
