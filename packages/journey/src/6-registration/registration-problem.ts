import type { RegistrationProblem } from '../model/registration.ts';
import { ConnectorError } from '../ports/errors.ts';

/** Okta's code for a profile that another system owns (error codes, "App user exception"). */
const sourcedCode = 'E0000023';

/** Each returns what the refusal means, and throws what is to be repeated: no answer, a rate limit, a refused token. */
export const readProblem = (error: unknown): RegistrationProblem => {
  const refusal = orThrow(error);
  return refusal.fault === 'unauthorized' ? 'missing_scope' : 'forbidden';
};

export function attributeProblem(error: unknown, attribute: string): RegistrationProblem {
  const refusal = orThrow(error);
  if (refusal.fault === 'unauthorized') return 'missing_scope';
  if (refusal.fault === 'not_found') return 'user_not_found';
  if (refusal.refusals.some(({ code }) => code === sourcedCode)) return 'attribute_sourced';
  if (refusal.refusals.some(({ field }) => isOf(field, attribute))) return 'attribute_refused';
  return refusal.fault === 'forbidden' ? 'forbidden' : 'refused';
}

/** The user was read just before: what is refused or not found now is the group. */
export function groupProblem(error: unknown): RegistrationProblem {
  const { fault } = orThrow(error);
  if (fault === 'unauthorized') return 'missing_scope';
  return fault === 'not_found' ? 'group_missing' : 'group_refused';
}

const isOf = (field: string, attribute: string): boolean =>
  field.replace(/^profile\./, '').toLowerCase() === attribute.toLowerCase();

/** A 403 says that a permission is missing; after a 401 no step of the tenant can do anything. */
function orThrow(error: unknown): ConnectorError {
  if (!(error instanceof ConnectorError)) throw error;
  const isDefinite = ['refused', 'forbidden', 'not_found'].includes(error.fault);
  if (!isDefinite && !(error.fault === 'unauthorized' && error.status === 403)) throw error;
  return error;
}
