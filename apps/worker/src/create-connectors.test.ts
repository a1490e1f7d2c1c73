import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';
import { parseConfig } from '@keycourier/config/config-file';

import { createConnectors } from './create-connectors.ts';

const fulfillment = { apiUrl: 'https://api.example/v1', keysUrl: 'https://api.example', token: { env: 'TOKEN' } };

const configWith = (auth: unknown, more: object) => ({
  tenants: {
    acme: {
      okta: { orgUrl: 'https://acme.okta.example', auth },
      hook: { secrets: [{ env: 'HOOK_SECRET' }] },
      fulfillment,
      products: [{ productId: 1, inventoryProductId: 106, customizationId: 'RXJN83' }],
      pin: { channel: 'okta' },
      ...more,
    },
  },
});

const configOf = (auth: unknown) => parseConfig(JSON.stringify(configWith(auth, {})));

const mailing = {
  fulfillment: { ...fulfillment, pinCopy: true },
  pin: { channel: 'smtp' },
  mail: { from: 'keys@acme.example', smtp: 'smtps://mail.example' },
};

const keyOf = (kid: string): string => {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' });
  return JSON.stringify({ kty, crv, kid, x, y, d });
};

const open = (auth: unknown, environment: Readonly<Record<string, string>>) =>
  createConnectors(configOf(auth), environment, { timeoutMs: 1_000, pinCopyKeyPath: '/nowhere' });

const serviceApp = { clientId: '0oaApp', privateKey: { env: 'OKTA_KEY' }, keyId: 'key-1' };
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

test('a tenant signs in to Okta with a token or with a key', async () => {
  await expect(open({ token: { env: 'OKTA_TOKEN' } }, {})).resolves.toHaveProperty('calledBy');
  await expect(open(serviceApp, { OKTA_KEY: pem })).resolves.toHaveProperty('calledBy');
});

test('a key for PIN copies that was generated for the local stack is refused elsewhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-pin-copy-'));
  const pinCopyKeyPath = join(folder, 'pin-copy.json');
  const config = parseConfig(JSON.stringify(configWith({ token: { env: 'OKTA_TOKEN' } }, mailing)));
  const openWith = async (kid: string, mode: string) => {
    await writeFile(pinCopyKeyPath, keyOf(kid));
    return createConnectors(config, { KEYCOURIER_MODE: mode }, { timeoutMs: 1_000, pinCopyKeyPath });
  };
  await expect(openWith('local_pin-copy-1', 'production')).rejects.toThrow(`${pinCopyKeyPath} was generated`);
  await expect(openWith('local_pin-copy-1', 'local')).resolves.toHaveProperty('mail');
  await expect(openWith('pin-copy-1', 'production')).resolves.toHaveProperty('mail');
  await rm(folder, { recursive: true });
});
