import { createKeyReader, signingKeys, transportKey } from '@keycourier/connectors/fulfillment/published-keys';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, redFromError } from '../finding.ts';

type ReadKeys = Parameters<typeof transportKey>[0];
type Send = Parameters<typeof transportKey>[1];

const check = (name: string, read: (readKeys: ReadKeys, send: Send) => Promise<Finding>): Check<TenantUnderCheck> => ({
  name,
  run: async ({ config, provider }) => {
    const fix = `fix fulfillment.keysUrl (${config.fulfillment.keysUrl})`;
    try {
      return await read(createKeyReader(Date.now), provider);
    } catch (error) {
      if (error instanceof ConnectorError) return red(`the provider ${error.message}`, fix);
      return { ...redFromError(error), message: 'the URL does not return a key set', fix };
    }
  },
});

/** The provider publishes the key that Okta encrypts its requests to, and the keys that sign its responses. */
export const publishedKeyChecks: readonly Check<TenantUnderCheck>[] = [
  check('provider.transport-keys', async (readKeys, send) => {
    const { kid } = await transportKey(readKeys, send);
    return green(`published, including ${kid}`);
  }),
  check('provider.signing-keys', async (_readKeys, send) => {
    const keys = await signingKeys(send);
    if (keys.length === 0) return red('the provider publishes no signing key', 'ask the provider');
    return green(`${keys.length} published`);
  }),
];
