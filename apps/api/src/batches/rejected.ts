import type { Batch } from '@keycourier/ledger/batches/batches';

import { describeProblem, type DescribedProblem } from '../words/describe-problem.ts';

/** The rows that were not accepted, counted from 1, with a sentence for each problem. */
export const describeRejected = (
  rejected: Batch['rejected'],
): readonly { row: number; problems: readonly DescribedProblem[] }[] =>
  rejected.map(({ row, problems }) => ({ row, problems: problems.map(describeProblem) }));
