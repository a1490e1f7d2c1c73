import { ConnectorError } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { CliError } from '../errors.ts';

/** An error of a call to an org, with what its administrator can do about it. */
export function toCliError(error: unknown, orgUrl: string, scopes: readonly string[]): unknown {
  if (error instanceof ProcessError) return new CliError('usage', error.message, { cause: error });
  if (error instanceof z.ZodError)
    return new CliError('bad_answer', `${orgUrl} does not answer like an Okta org`, { cause: error });
  if (!(error instanceof ConnectorError)) return error;
  const message = `Okta (${orgUrl}) ${error.message}`;
  switch (error.fault) {
    case 'unreachable':
    case 'outcome_unknown':
    case 'rate_limited':
      return new CliError('unreachable', message, { cause: error });
    case 'unauthorized':
    case 'forbidden':
      return new CliError('unauthorized', `${message}: ${unauthorizedHint(error, scopes)}`, { cause: error });
    case 'refused':
    case 'not_found':
      return new CliError(
        'refused',
        `${message} (${codesOf(error)})${isVerification(error) ? `; ${verificationHint}` : ''}`,
        { cause: error },
      );
  }
}

function unauthorizedHint({ status, message }: ConnectorError, scopes: readonly string[]): string {
  const isScope = /insufficient_scope|consent_required|invalid_scope/.test(message);
  if (status !== 403 && !isScope) return 'the credentials in okta.auth are not accepted';
  return `the credentials lack a permission. A service app needs the scopes ${scopes.join(', ')} and an administrator role; a token must belong to a super or organization administrator. KEYCOURIER_OKTA_SETUP_TOKEN sets another token for this command`;
}

const verificationHint =
  "the receiver did not return Okta's challenge: Okta must be able to reach it over HTTPS at this URL, and it must answer within 3 seconds";

const isVerification = ({ refusals }: ConnectorError): boolean =>
  refusals.some(({ field }) => field === 'verificationStatus');

const codesOf = ({ refusals }: ConnectorError): string =>
  refusals.map(({ field, code }) => `${code} ${field}`).join(', ') || 'no reason given';
