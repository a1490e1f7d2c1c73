import { resolveSecret } from '@keycourier/config/config-file';
import { exchange } from '@keycourier/connectors/http/exchange';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, type Finding } from '../finding.ts';
import { skipFor } from '../unless-green.ts';

const addressFix = 'correct fulfillment.apiUrl (with its version, such as …/v1), or let this machine reach it';

/** The provider's API is where the config file says. No token is shown: whether it is accepted is another matter. */
export const provider: Check<TenantUnderCheck> = {
  name: 'provider.api',
  run: async ({ config, timeoutMs }) => {
    const { apiUrl } = config.fulfillment;
    const url = new URL(`${apiUrl.replace(/\/+$/, '')}/inventory`);
    try {
      const { status } = await exchange('fulfillment', { method: 'GET', url, headers: {}, expects: 'text' }, timeoutMs);
      if (status === 404 || status >= 500 || (status >= 300 && status < 400))
        return red(`${apiUrl} answers ${status}`, addressFix);
      return green(`${apiUrl} is reached`);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return red(`${apiUrl} ${error.message}`, addressFix);
    }
  },
};

/** The provider takes the token. */
export const providerToken: Check<TenantUnderCheck> = {
  name: 'provider.token',
  run: async ({ config, environment, provider: send }) => {
    try {
      await resolveSecret(config.fulfillment.token, environment);
      await send({ method: 'GET', path: '/inventory' });
      return green('the provider accepts it');
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'unauthorized') return skipFor(error);
      return red(
        `the provider does not accept it: ${error.message}`,
        'make a new token there, and put it where fulfillment.token says',
      );
    }
  },
};

const dayMs = 86_400_000;
const warnWithinDays = 30;

/** Yubico's tokens end a year after they were made (docs.yubico.com, API best practices); only who made it knows when. */
export const tokenExpiry: Check<TenantUnderCheck> = {
  name: 'provider.token-expiry',
  run: ({ config, now }) => Promise.resolve(judgeExpiry(config.fulfillment.tokenExpires, now)),
};

function judgeExpiry(expires: string | undefined, now: Date): Finding {
  if (expires === undefined)
    return { status: 'skipped', message: 'set fulfillment.tokenExpires (a date) to be warned before the token ends' };
  const days = Math.floor((Date.parse(expires) - now.getTime()) / dayMs);
  const fix = 'renew it, and set fulfillment.tokenExpires to its new date';
  if (days < 0) return red(`it ended on ${expires}`, fix);
  if (days <= warnWithinDays) return { status: 'yellow', message: `it ends on ${expires}, in ${days} days`, fix };
  return green(`it ends on ${expires}`);
}
