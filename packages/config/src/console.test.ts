import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';

import { parseConfig } from './config-file.ts';
import { secretUses } from './secret-uses.ts';

const tenant = {
  okta: { orgUrl: 'https://acme.okta.com', auth: { token: { env: 'TOKEN' } } },
  hook: { secrets: [{ env: 'HOOK' }] },
  fulfillment: { apiUrl: 'https://api.example/v1', keysUrl: 'https://keys.example', token: { env: 'KEYS' } },
  products: [{ productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' }],
  pin: { channel: 'okta' },
};
const signIn = {
  issuer: 'https://acme.okta.com',
  clientId: '0oa1',
  clientSecret: { env: 'SECRET' },
  groups: [{ name: 'keycourier admins', role: 'admin' }],
};
const consoleSettings = { url: 'https://keys.acme.com', signIn };

const parse = (console: unknown, mode?: string) =>
  parseConfig(stringify({ ...(console === undefined ? {} : { console }), tenants: { acme: tenant } }), mode);

describe("the console's settings", () => {
  test('are optional, and need no more than an app and a group', () => {
    expect(parse(undefined).console).toEqual({});
    expect(parse(consoleSettings).console).toEqual({ ...consoleSettings, signIn: { ...signIn, stepUp: 'phr' } });
  });

  test('name one secret, which the console reads', () => {
    const own = secretUses(parse(consoleSettings)).filter(({ reader }) => reader === 'console');
    expect(own).toEqual([
      {
        tenant: null,
        key: 'console.signIn.clientSecret',
        reference: { env: 'SECRET' },
        kind: 'token',
        reader: 'console',
      },
    ]);
  });

  const groups = (...list: unknown[]) => ({ ...consoleSettings, signIn: { ...signIn, groups: list } });

  test.each([
    ['no address of its own', { signIn }, /Okta sends operators back to it[^]*at console\.url/],
    ['a path in the address', { ...consoleSettings, url: 'https://acme.com/keys' }, /has a path[^]*console\.url, line/],
    ['an address over http', { ...consoleSettings, url: 'http://keys.acme.com' }, /https[^]*console\.url/],
    [
      'an issuer over http',
      { ...consoleSettings, signIn: { ...signIn, issuer: 'http://acme.okta.com' } },
      /https[^]*signIn\.issuer/,
    ],
    [
      "the org's admin console",
      { ...consoleSettings, signIn: { ...signIn, issuer: 'https://acme-admin.okta.com' } },
      /https:\/\/acme\.okta\.com/,
    ],
    [
      'the secret itself',
      { ...consoleSettings, signIn: { ...signIn, clientSecret: 'canary' } },
      /is a secret in the config file/,
    ],
    ['no group', groups(), /signIn\.groups/],
    ['a role that is none', groups({ name: 'a', role: 'root' }), /groups\[0\]\.role/],
    [
      'a tenant that is none',
      groups({ name: 'a', role: 'admin', tenant: 'globex' }),
      /is no tenant of this file[^]*groups\[0\]\.tenant/,
    ],
    [
      'a group with two roles',
      groups({ name: 'a', role: 'admin' }, { name: 'a', role: 'viewer' }),
      /groups\[0\][^]*groups\[1\]/,
    ],
    ['the group of all users', groups({ name: 'Everyone', role: 'viewer' }), /all users of the org/],
    ['a misspelt key', { ...consoleSettings, signIn: { ...signIn, clientID: 'x' } }, /clientID/],
    ['an unknown level', { ...consoleSettings, signIn: { ...signIn, stepUp: 'password' } }, /signIn\.stepUp/],
  ])('are refused with %s', (_what, console, message) => {
    expect(() => parse(console)).toThrow(message);
    expect(() => parse(console)).not.toThrow(/canary/);
  });

  test('may be over http, and without an address, for simulators', () => {
    const simulated = { signIn: { ...signIn, issuer: 'http://okta-simulator:8090/oauth2/default' } };
    expect(parse(simulated, 'simulators').console?.signIn?.clientId).toBe('0oa1');
  });

  test('may give one group roles in several tenants', () => {
    const tenants = { acme: tenant, globex: tenant };
    const list = [
      { name: 'a', role: 'admin', tenant: 'acme' },
      { name: 'a', role: 'viewer', tenant: 'globex' },
    ];
    const text = stringify({ console: groups(...list), tenants });
    expect(parseConfig(text).console?.signIn?.groups).toEqual(list);
  });
});
