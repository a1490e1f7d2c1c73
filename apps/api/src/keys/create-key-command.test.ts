import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { temporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { createKeyCommand } from './create-key-command.ts';

let api: RunningApi;
let folder: string;
beforeAll(async () => {
  api = await runApi();
  folder = await mkdtemp(join(tmpdir(), 'keycourier-create-key-'));
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

const good = ['--tenant', 'globex', '--name', 'first', '--scopes', 'read, operator', '--owner', 'ada@globex.example'];
const make = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  createKeyCommand(args, { DATABASE_URL: api.database.url, ...environment });

describe('the command', () => {
  test('creates a key that the API accepts', async () => {
    const { id, key } = await make([...good, '--requests-per-minute', '90']);
    expect(await findApiKey(api.ledger, key)).toEqual({
      id,
      tenant: 'globex',
      name: 'first',
      scopes: ['read', 'operator'],
      requestsPerMinute: 90,
      expiresAt: null,
    });
    const { body } = await api.call('POST', '/v1/keys', { key, body: { name: 'second', scopes: ['read'] } });
    expect(await findApiKey(api.ledger, String(body['key']))).toMatchObject({ name: 'second' });
    expect(body).toMatchObject({ owner: 'ada@globex.example', createdBy: id });
  });

  test.each([
    ['no tenant', good.slice(2), /tenant/],
    ['no scope', [...good.slice(0, 4), '--scopes', ''], /scopes/],
    ['no owner', good.slice(0, -2), /owner/],
    ['another scope', [...good.slice(0, 4), '--scopes', 'read,admin'], /scopes/],
    ['another option', [...good, '--key', 'kc_mine'], /--key/],
    ['no number', [...good, '--requests-per-minute', 'many'], /requests-per-minute/],
  ])('with %s prints its usage', async (_what, args, words) => {
    await expect(make(args)).rejects.toMatchObject({ name: 'ProcessError', message: expect.stringMatching(words) });
    await expect(make(args)).rejects.toThrow(/--tenant acme --name first/);
  });

  test('requires a database', async () => {
    await expect(createKeyCommand(good, {})).rejects.toThrow(/DATABASE_URL/);
  });

  test('creates no key for a tenant that the config lacks', async () => {
    const path = join(folder, 'keycourier.yaml');
    await writeFile(path, config);
    await expect(make(good, { KEYCOURIER_CONFIG: path })).rejects.toThrow(/no tenant "globex".*acme/);
    const { key } = await make(['--tenant', 'acme', ...good.slice(2)], { KEYCOURIER_CONFIG: path });
    expect(await findApiKey(api.ledger, key)).toMatchObject({ tenant: 'acme' });
  });

  test('fails if the schema is missing', async () => {
    const empty = await temporaryDatabase();
    await expect(createKeyCommand(good, { DATABASE_URL: empty.url })).rejects.toThrow(/worker/);
    await empty.drop();
  });
});

const config = `
tenants:
  acme:
    okta: { orgUrl: 'https://acme.okta.example', auth: { token: { env: OKTA_TOKEN } } }
    hook: { secrets: [{ env: HOOK_SECRET }] }
    fulfillment: { apiUrl: 'https://fulfillment.example', keysUrl: 'https://keys.example', token: { env: TOKEN } }
    products: [{ productId: '1', inventoryProductId: '106', customizationId: RXJN83 }]
    groups: []
    pin: { channel: okta }
`;
