import type { PostgresLimits } from '../postgres-limits.ts';

/** For tests of something else than the limits: none is met where the machine stands still for seconds. */
export const patientLimits: PostgresLimits = {
  connectMs: 120_000,
  answerMs: 310_000,
  statementMs: 300_000,
  lockMs: 240_000,
  idleInTransactionMs: 300_000,
};
