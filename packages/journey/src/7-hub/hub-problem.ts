import type { HubPersonProblem } from '../hub/person-changes.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { MirrorResult } from '../ports/hub.ts';

/** What the hub refused, and why. */
export type Refused = Pick<MirrorResult, 'problem' | 'fields'>;

export const refusedFor = (problem: HubPersonProblem, fields: readonly string[] = []): Refused => ({
  problem,
  fields,
});

/** Okta's codes of a lifecycle operation that the user's status does not permit: it has changed since it was read. */
const statusCodes: ReadonlySet<string> = new Set(['E0000016', 'E0000038']);

/** The user's status has changed since it was read. */
export const isOfStatus = (error: unknown): boolean =>
  error instanceof ConnectorError && error.refusals.some(({ code }) => statusCodes.has(code));

/** Okta's code for a profile that another system owns. */
const sourcedCode = 'E0000023';

/** What a refusal of the hub means; throws what is to be repeated: no answer, a rate limit, a refused token. */
export function problemOf(error: unknown, otherwise: HubPersonProblem): Refused {
  if (!(error instanceof ConnectorError)) throw error;
  const { fault, status, refusals } = error;
  if (fault === 'forbidden' || (fault === 'unauthorized' && status === 403)) return refusedFor('forbidden');
  if (fault !== 'refused' && fault !== 'not_found') throw error;
  if (refusals.some(({ code }) => code === sourcedCode)) return refusedFor('sourced_elsewhere');
  const fields = [...new Set(refusals.map(({ field }) => field.replace(/^profile\./, '')))];
  if (fields.includes('login') && otherwise === 'profile_refused') return refusedFor('login_taken', ['login']);
  if (fields.includes('password')) return refusedFor('password_refused');
  return refusedFor(
    otherwise,
    fields.filter((field) => field !== 'request'),
  );
}

/** What the refusal of a page means for a run; throws what is to be repeated: no answer, a rate limit, a refused token. */
export function problemOfPage(error: unknown): string {
  if (!(error instanceof ConnectorError)) throw error;
  const { fault, status } = error;
  if (fault === 'unauthorized' && status === 403) return 'missing_scope';
  if (fault === 'forbidden' || fault === 'refused') return fault;
  throw error;
}
