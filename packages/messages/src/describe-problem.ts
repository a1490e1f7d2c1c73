import { describeProblem as describeAddressProblem, isAddressProblem } from '@keycourier/address/describe-problem';
import type { Problem } from '@keycourier/journey/model/shipment';

import { problemMessages } from './problems.ts';
import { requestMessages } from './requests.ts';

/** A problem with a value that would correct it; it may be shown. */
export interface SuggestedProblem extends Problem {
  suggestion?: string;
}

export interface DescribedProblem extends SuggestedProblem {
  message: string;
}

/** A problem with a message: what is wrong, where, and what would fix it. Made of field, code and suggestion alone. */
export const describeProblem = (problem: SuggestedProblem): DescribedProblem => ({
  ...problem,
  message: messageOf(problem),
});

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
