import { readCause } from '@keycourier/journey/model/cause';

import { describeProblem, type DescribedProblem } from './describe-problem.ts';
import { holdMessage } from './holds.ts';

/** What a cause of holds means, and the one remedy for all shipments that it holds. */
export interface Remedy {
  /** The hold's code. */
  code: string;
  /** With one problem of the profile that problem, and what to correct: many causes differ in nothing else. */
  happened: string;
  /** After it, all go on. */
  toDo: string;
  problems: readonly DescribedProblem[];
}

/** The remedy for a stored cause (`causeOf`); also for one of another version. */
export function remedyFor(cause: string): Remedy {
  const { code, problems } = readCause(cause);
  const { happened, toDo } = holdMessage(code);
  const described = problems.map((problem) => describeProblem(problem));
  const [only, ...others] = described;
  const isOne = code === 'profile_problems' && only !== undefined && others.length === 0;
  return {
    code,
    happened: isOne ? only.message : happened,
    toDo: isOne ? 'After that, retry, and all of them continue.' : toDo,
    problems: described,
  };
}
