import { describe, expect, test } from '@jest/globals';

import { parseConfig } from './config-file.ts';
import { sourcesOf } from './profile-sources.ts';
import type { TenantConfig } from './tenant.ts';

const address = { streetAddress: 'street', city: 'city', zipCode: 'zip', countryCode: '"US"' };

const hrisWith = (part: Record<string, unknown> = {}) => ({
  url: 'https://hris.example/people/{login}',
  auth: { bearer: { env: 'HRIS_TOKEN' } },
  mapping: address,
  ...part,
});

function acmeWith(part: Record<string, unknown>): TenantConfig {
  const acme = {
    okta: { orgUrl: 'https://acme.okta.example', auth: { token: { env: 'OKTA_TOKEN' } } },
    hook: { secrets: [{ env: 'HOOK_SECRET' }] },
    fulfillment: { apiUrl: 'https://api.example/v1', keysUrl: 'https://api.example', token: { env: 'TOKEN' } },
    products: [{ productId: 1, inventoryProductId: 106, customizationId: 'RXJN83' }],
    pin: { channel: 'okta' },
    ...part,
  };
  const parsed = parseConfig(JSON.stringify({ tenants: { acme } })).tenants['acme'];
  if (parsed === undefined) throw new RangeError('there is no such tenant');
  return parsed;
}

describe("a tenant's sources", () => {
  test('are Okta alone by default', () => {
    expect(sourcesOf(acmeWith({}))).toEqual({});
  });

  test('are the HRIS before Okta for every part that it maps', () => {
    const hris = hrisWith({ mapping: { ...address, primaryPhone: 'phone' } });
    expect(sourcesOf(acmeWith({ hris }))).toEqual({ address: ['hris', 'okta'], primaryPhone: ['hris', 'okta'] });
  });

  test('are those of the config file, and Okta for any other part', () => {
    const hris = hrisWith({ mapping: { ...address, primaryPhone: 'phone' } });
    const sources = { address: ['okta', 'hris'], firstName: ['okta'] };
    expect(sourcesOf(acmeWith({ hris, sources }))).toEqual(sources);
  });

  test('are the directory where they name it', () => {
    const sources = { address: ['scim', 'okta'], organization: ['scim'] };
    expect(sourcesOf(acmeWith({ sources }))).toEqual(sources);
  });

  test('are the HRIS for the addresses of PINs where the tenant opted in', () => {
    const hris = hrisWith({ mapping: { secondEmail: 'private.email' }, pinAddresses: true });
    expect(sourcesOf(acmeWith({ hris }))).toEqual({ secondEmail: ['hris', 'okta'] });
    expect(acmeWith({ hris: hrisWith() }).hris?.pinAddresses).toBe(false);
  });
});

describe('the config file is not usable with', () => {
  const cases: [title: string, part: Record<string, unknown>, problem: RegExp][] = [
    [
      'the directory as a source of an address for PINs',
      { sources: { secondEmail: ['okta', 'scim'] } },
      /it never comes from scim[^]+acme\.sources\.secondEmail/,
    ],
    [
      'a source that the tenant does not have',
      { sources: { address: ['hris', 'okta'] } },
      /the tenant has no hris[^]+acme\.sources\.address/,
    ],
    [
      'an HRIS that is never read',
      { hris: hrisWith(), sources: { address: ['okta'] } },
      /is never read: sources does not name it[^]+acme\.hris/,
    ],
    [
      'an HRIS as the source of a part that it does not map',
      { hris: hrisWith(), sources: { address: ['hris'], primaryPhone: ['hris', 'okta'] } },
      /hris\.mapping maps none of its attributes[^]+acme\.sources\.primaryPhone/,
    ],
    [
      'a mapped address of PINs without an opt-in',
      { hris: hrisWith({ mapping: { ...address, secondEmail: 'mail' } }) },
      /mapped only with hris\.pinAddresses true[^]+acme\.hris\.mapping\.secondEmail/,
    ],
    [
      'the same, though no source names it',
      { hris: hrisWith({ mapping: { ...address, email: 'mail' } }), sources: { address: ['hris'] } },
      /mapped only with hris\.pinAddresses true[^]+acme\.hris\.mapping\.email/,
    ],
    [
      'a source of PIN addresses without an opt-in',
      { hris: hrisWith(), sources: { address: ['hris'], email: ['hris'] } },
      /come from hris only with hris\.pinAddresses true[^]+acme\.sources\.email/,
    ],
    [
      'half an address',
      { hris: hrisWith({ mapping: { streetAddress: 'street', city: 'city' } }) },
      /maps only a part of the address: zipCode, countryCode missing[^]+acme\.hris\.mapping/,
    ],
    ['a mapping of nothing', { hris: hrisWith({ mapping: {} }) }, /maps no attribute[^]+acme\.hris\.mapping/],
    ['a mapping of something else', { hris: hrisWith({ mapping: { salary: 'salary' } }) }, /acme\.hris\.mapping/],
    ['an unknown part', { hris: hrisWith(), sources: { streetAddress: ['hris'] } }, /acme\.sources/],
    ['a source twice', { sources: { address: ['okta', 'okta'] } }, /names a source twice[^]+acme\.sources\.address/],
    ['no source', { sources: { address: [] } }, /acme\.sources\.address/],
    ['an unknown source', { sources: { address: ['ldap'] } }, /acme\.sources\.address\[0\]/],
    [
      'an invalid user',
      { hris: hrisWith({ auth: { basic: { user: 'a:b', password: { env: 'P' } } } }) },
      /acme\.hris\.auth/,
    ],
    ['a secret in the file itself', { hris: hrisWith({ auth: { bearer: 'secret-value' } }) }, /acme\.hris\.auth/],
  ];

  test.each(cases)('%s', (_title, part, problem) => {
    expect(() => acmeWith(part)).toThrow(problem);
    expect(() => acmeWith(part)).not.toThrow('secret-value');
  });
});
