import { describe, expect, test } from '@jest/globals';

import { parseConfig } from './config-file.ts';

const withRetention = (retention: string): string => `
tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: OKTA_TOKEN } } }
    hook: { secrets: [{ env: HOOK_SECRET }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: PROVIDER_TOKEN } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
    ${retention}
`;

const retentionOf = (text: string) => parseConfig(withRetention(text)).tenants['acme']?.retention;

describe("a tenant's retention", () => {
  test('is ninety days for personal data, thirty for events and two years for who acted by default', () => {
    expect(retentionOf('')).toEqual({ personalDataDays: 90, eventBodyDays: 30, auditDays: 730 });
    expect(retentionOf('retention: { eventBodyDays: 7 }')).toMatchObject({ personalDataDays: 90, eventBodyDays: 7 });
  });

  test.each([
    '{ personalDataDays: 0 }',
    '{ eventBodyDays: 0.5 }',
    '{ auditDays: 0 }',
    '{ personalDataDays: never }',
    '{ days: 1 }',
  ])('is not %s', (retention) => {
    expect(() => retentionOf(`retention: ${retention}`)).toThrow(/retention/);
  });
});
