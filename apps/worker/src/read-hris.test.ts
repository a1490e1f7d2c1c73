import { expect, test } from '@jest/globals';
import { parseConfig } from '@keycourier/config/config-file';

import { readHris } from './read-hris.ts';

const url = 'https://hris.example/people/{login}';

const read = (hris: unknown, environment: Readonly<Record<string, string>> = {}) => {
  const acme = {
    okta: { orgUrl: 'https://acme.okta.example', auth: { token: { env: 'OKTA_TOKEN' } } },
    hook: { secrets: [{ env: 'HOOK_SECRET' }] },
    fulfillment: { apiUrl: 'https://api.example/v1', keysUrl: 'https://api.example', token: { env: 'TOKEN' } },
    products: [{ productId: 1, inventoryProductId: 106, customizationId: 'RXJN83' }],
    pin: { channel: 'okta' },
    hris,
  };
  return readHris(parseConfig(JSON.stringify({ tenants: { acme } })), environment, 1_000);
};

const hris = { url, auth: { bearer: { env: 'HRIS_TOKEN' } }, mapping: { primaryPhone: 'phone' } };

test('an HRIS is read with its credentials of the moment', async () => {
  const environment: Record<string, string> = {};
  const { auth, timeoutMs } = read(hris, environment)('acme');
  expect(timeoutMs).toBe(1_000);
  environment['HRIS_TOKEN'] = 'renewed';
  await expect('bearer' in auth && auth.bearer()).resolves.toBe('renewed');
  const basic = { basic: { user: 'keys', password: { env: 'HRIS_PASSWORD' } } };
  const other = read({ ...hris, auth: basic }, { HRIS_PASSWORD: 'secret-value' })('acme').auth;
  expect(other).toMatchObject({ basic: { user: 'keys' } });
  await expect('basic' in other && other.basic.password()).resolves.toBe('secret-value');
});

test.each([
  [{ mapping: { primaryPhone: 'phones[' } }, 'mapping.primaryPhone is not valid JSONata: '],
  [{ url: 'https://hris.example/people' }, 'url '],
])('%j keeps the worker from starting, and the error names the tenant', (part, why) => {
  expect(() => read({ ...hris, ...part })).toThrow(`The tenant acme has an hris that cannot be read: ${why}`);
  expect(() => read({ ...hris, ...part })).toThrow(
    expect.objectContaining({ name: 'ProcessError', code: 'bad_config' }),
  );
});

test('a tenant without an HRIS is never read from one', () => {
  expect(() => read(undefined)('acme')).toThrow('The tenant acme has no hris');
});
