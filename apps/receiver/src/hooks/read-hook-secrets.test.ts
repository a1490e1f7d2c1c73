import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '@keycourier/config/config-file';

import { readHookSecrets } from './read-hook-secrets.ts';

const config = parseConfig(`
tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: OKTA_TOKEN } } }
    hook: { secrets: [{ env: NEW_SECRET }, { env: OLD_SECRET }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: PROVIDER_TOKEN } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`);

describe('the hook secrets', () => {
  test('come from the sources in the config, and no other secret is resolved', async () => {
    const secrets = await readHookSecrets(config, { NEW_SECRET: 'new one', OLD_SECRET: 'old' });
    expect(secrets).toEqual({ acme: ['new one', 'old'] });
  });
});
