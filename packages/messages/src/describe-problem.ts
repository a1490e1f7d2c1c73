import { describeProblem as describeAddressProblem, isAddressProblem } from '@keycourier/address/describe-problem';
import type { Problem } from '@keycourier/journey/model/shipment';

import { problemMessages } from './problems.ts';
import { requestMessages } from './requests.ts';

/** A problem with a value that would correct it; it may be shown. */
export interface SuggestedProblem extends Problem {
  suggestion?: string;
}

/** A problem with the values or names that are allowed in its place. */
export interface ProblemOfChoice extends SuggestedProblem {
  allowed?: readonly string[];
}

export interface DescribedProblem extends SuggestedProblem {
  message: string;
}

/** A problem with a message: what is wrong, where, and what would fix it. Made of field, code and suggestion alone. */
export function describeProblem({ allowed = [], ...problem }: ProblemOfChoice): DescribedProblem {
  if (allowed.length === 0) return { ...problem, message: messageOf(problem) };
  const { field, code, suggestion } = problem;
  const choice = allowed.map((one) => `\`${one}\``).join(', ');
  if (code === 'invalid') return { ...problem, message: `\`${field}\` must be one of ${choice}.` };
  const meant = suggestion === undefined ? [] : [`Did you mean \`${suggestion}\`?`];
  return { ...problem, message: [messageOf(problem), ...meant, `Allowed here: ${choice}.`].join(' ') };
}

function messageOf(problem: SuggestedProblem): string {
  const { field, code, suggestion } = problem;
  if (isAddressProblem(problem)) return describeAddressProblem(problem);
  if (Object.hasOwn(problemMessages, code)) return problemMessages[code] ?? code;
  if (Object.hasOwn(requestMessages, code)) return requestMessages[code]?.(field, suggestion) ?? code;
  const [, providerState] = /^provider_state_(\d+)$/.exec(code) ?? [];
  if (providerState !== undefined)
    return `The provider has the order in its state ${providerState}. Check there what the order waits for.`;
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  if (status !== undefined)
    return `The service "${field}" refused the request with status ${status}. Contact its operator.`;
  return `"${field}" was refused with the code "${code}". Look up the code at the service that refused it, then correct the field.`;
}
