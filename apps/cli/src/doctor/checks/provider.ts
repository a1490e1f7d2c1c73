import { resolveSecret } from '@keycourier/config/secrets';
import { exchange } from '@keycourier/connectors/http/exchange';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skippedFor } from '../finding.ts';

const urlFix = 'fix fulfillment.apiUrl (with its version, such as …/v1), or the network to it';

/** The provider's API can be reached. Sends no token: the next check covers that. */
export const provider: Check<TenantUnderCheck> = {
  name: 'provider.api',
  run: async ({ config, timeoutMs }) => {
    const { apiUrl } = config.fulfillment;
    const url = new URL(`${apiUrl.replace(/\/+$/, '')}/inventory`);
    try {
      const { status } = await exchange('fulfillment', { method: 'GET', url, headers: {}, expects: 'text' }, timeoutMs);
      if (status === 404 || status >= 500 || (status >= 300 && status < 400))
        return red(`${apiUrl} answers ${status}`, urlFix);
      return green(`${apiUrl} can be reached`);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return red(`${apiUrl} ${error.message}`, urlFix);
    }
  },
};

/** The provider accepts the token. */
export const providerToken: Check<TenantUnderCheck> = {
  name: 'provider.token',
  run: async ({ config, environment, provider: send }) => {
    try {
      await resolveSecret(config.fulfillment.token, environment);
      await send({ method: 'GET', path: '/inventory' });
      return green('accepted');
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'unauthorized') return skippedFor(error);
      return red(
        `not accepted: ${error.message}`,
        'create a new token at the provider and store it where fulfillment.token points',
      );
    }
  },
};
