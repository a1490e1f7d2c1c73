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

  test.each([' ', 'tab\tbed', 'trailing ', 'clé', 'line\n'])(
    '%p is refused at the start, and not quoted',
    async (bad) => {
      const result = readHookSecrets(config, { NEW_SECRET: 'new', OLD_SECRET: bad });
      await expect(result).rejects.toMatchObject({ code: 'bad_config', message: expect.stringMatching(/tenant acme/) });
      await expect(result).rejects.not.toMatchObject({ message: expect.stringContaining(bad.trim() || '""') });
    },
  );
});
