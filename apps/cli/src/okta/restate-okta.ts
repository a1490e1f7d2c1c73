import { ConnectorError } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { CliError } from '../errors.ts';

/** What went wrong between us and an org, for whoever sets it up. */
export function restateOkta(error: unknown, orgUrl: string): unknown {
  if (error instanceof ProcessError) return new CliError('usage', error.message, { cause: error });
  if (error instanceof z.ZodError)
    return new CliError('bad_answer', `${orgUrl} does not answer as Okta does`, { cause: error });
  if (!(error instanceof ConnectorError)) return error;
  const { fault, message } = error;
  const told = `Okta (${orgUrl}) ${message}`;
  switch (fault) {
    case 'unreachable':
    case 'outcome_unknown':
    case 'rate_limited':
      return new CliError('unreachable', told, { cause: error });
    case 'unauthorized':
      return new CliError('unauthorized', `${told}: ${whyUnauthorized(error)}`, { cause: error });
    case 'refused':
    case 'not_found':
      return new CliError('refused', `${told} (${codesOf(error)})${isVerification(error) ? `; ${verification}` : ''}`, {
        cause: error,
      });
  }
}

function whyUnauthorized({ status }: ConnectorError): string {
  if (status !== 403) return 'the credentials of okta.auth are not accepted';
  return 'they may not manage event hooks. A service app needs the scope okta.eventHooks.manage and an administrator role, a token must be a super or organization administrator’s; KEYCOURIER_OKTA_SETUP_TOKEN takes another one for this command';
}

const verification =
  'the receiver did not give the challenge back to Okta: it must be reached from the internet by https at this address, and answer within 3 seconds';

const isVerification = ({ refusals }: ConnectorError): boolean =>
  refusals.some(({ field }) => field === 'verificationStatus');

const codesOf = ({ refusals }: ConnectorError): string =>
  refusals.map(({ field, code }) => `${code} ${field}`).join(', ') || 'no reason given';
