/** Why a tenant's System Log cannot be read. */
export const catchUpProblems = [
  'unauthorized',
  'missing_scope',
  'rate_limited',
  'foreign_link',
  'refused',
  'unanswered',
] as const;

export type CatchUpProblem = (typeof catchUpProblems)[number];
