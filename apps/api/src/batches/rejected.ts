import type { RejectedRow } from '@keycourier/ledger/batches/batches';
import { describeProblem, type DescribedProblem } from '@keycourier/messages/describe-problem';

/** The rows that were not accepted, counted from 1, with a sentence for each problem. */
export const describeRejected = (rejected: readonly RejectedRow[]): { row: number; problems: DescribedProblem[] }[] =>
  rejected.map(({ row, problems }) => ({ row, problems: problems.map(describeProblem) }));
