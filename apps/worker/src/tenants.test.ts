import { expect, test } from '@jest/globals';
import { parseConfig } from '@keycourier/config/config-file';

import { tenantsOf } from './tenants.ts';

test('a tenant with an HRIS has it first for what it maps', () => {
  const acme = {
    okta: { orgUrl: 'https://acme.okta.example', auth: { token: { env: 'OKTA_TOKEN' } } },
    hook: { secrets: [{ env: 'HOOK_SECRET' }] },
    fulfillment: { apiUrl: 'https://api.example/v1', keysUrl: 'https://api.example', token: { env: 'TOKEN' } },
    products: [{ productId: 1, inventoryProductId: 106, customizationId: 'RXJN83' }],
    pin: { channel: 'okta' },
  };
  const hris = {
    url: 'https://hris.example/people/{login}',
    auth: { bearer: { env: 'HRIS_TOKEN' } },
    mapping: { primaryPhone: 'phone' },
  };
  const tenants = tenantsOf(parseConfig(JSON.stringify({ tenants: { acme, globex: { ...acme, hris } } })));
  expect(tenants('acme').sources).toEqual({});
  expect(tenants('globex').sources).toEqual({ primaryPhone: ['hris', 'okta'] });
});
