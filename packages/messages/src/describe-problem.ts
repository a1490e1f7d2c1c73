import { describeProblem as describeAddressProblem, isAddressProblem } from '@keycourier/address/describe-problem';
import type { Problem } from '@keycourier/journey/model/shipment';

import { problemMessages } from './problems.ts';
import { requestMessages } from './requests.ts';

export interface DescribedProblem extends Problem {
  message: string;
}

/** A problem with a message: what is wrong, where, and what would fix it. Made of field and code alone. */
export const describeProblem = (problem: Problem): DescribedProblem => ({ ...problem, message: messageOf(problem) });

function messageOf(problem: Problem): string {
  const { field, code } = problem;
  if (isAddressProblem(problem)) return describeAddressProblem(problem);
  if (Object.hasOwn(problemMessages, code)) return problemMessages[code] ?? code;
  if (Object.hasOwn(requestMessages, code)) return requestMessages[code]?.(field) ?? code;
  const [, providerState] = /^provider_state_(\d+)$/.exec(code) ?? [];
  if (providerState !== undefined)
    return `The provider has the order in its state ${providerState}. Check there what the order waits for.`;
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  if (status !== undefined)
    return `The service "${field}" refused the request with status ${status}. Contact its operator.`;
  return `"${field}" was refused with the code "${code}". Look up the code at the service that refused it, then correct the field.`;
}
