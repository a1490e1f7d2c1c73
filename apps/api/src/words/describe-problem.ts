import { describeProblem as describeAddressProblem, isAddressProblem } from '@keycourier/address/describe-problem';
import type { Problem } from '@keycourier/journey/model/shipment';

import { problemWords } from './problem-words.ts';
import { requestWords } from './request-words.ts';

export interface DescribedProblem extends Problem {
  message: string;
}

/** A problem with one sentence for people: what is wrong, where, and what would fix it. Made of field and code alone. */
export function describeProblem(problem: Problem): DescribedProblem {
  return { ...problem, message: wordsFor(problem) };
}

function wordsFor(problem: Problem): string {
  const { field, code } = problem;
  if (isAddressProblem(problem)) return describeAddressProblem(problem);
  if (Object.hasOwn(problemWords, code)) return problemWords[code] ?? code;
  if (Object.hasOwn(requestWords, code)) return requestWords[code]?.(field) ?? code;
  const [, providerState] = /^provider_state_(\d+)$/.exec(code) ?? [];
  if (providerState !== undefined)
    return `The provider has the order in its state ${providerState}: see there what it waits for.`;
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  if (status !== undefined)
    return `The service "${field}" refused the request with status ${status}: ask its operator.`;
  return `"${field}" was refused with the code "${code}": look the code up with whoever refused it, and correct the field.`;
}
