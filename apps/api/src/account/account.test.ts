import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { scopes } from '@keycourier/ledger/api-keys/api-keys';
import { claimStockReads, finishStockRead, recordStock } from '@keycourier/ledger/overview/stock';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';

const productsOf = (body: unknown) => {
  const product = z.looseObject({ inventoryProductId: z.string(), productId: z.string() });
  return z.object({ items: z.tuple([product], product) }).parse(body).items;
};

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

describe('the API key in use', () => {
  test.each(scopes.map((scope) => [scope]))('is shown to a key with the scope %s alone', async (scope) => {
    const { id, key } = await api.keyFor('acme', [scope]);
    expect(await api.call('GET', '/v1/me', { key })).toMatchObject({
      status: 200,
      body: {
        tenant: 'acme',
        apiKey: { id, scopes: [scope], requestsPerMinute: null, expiresAt: null },
        mode: 'production',
      },
    });
  });

  test('is never shown in clear', async () => {
    const { key } = await api.keyFor('globex', ['read']);
    expect((await api.call('GET', '/v1/me', { key })).text).not.toContain(key.slice(3));
  });
});

describe('a drill of the roles of groups', () => {
  const rule = (name: string, role: 'viewer' | 'admin', tenant?: string) => ({
    name,
    role,
    ...(tenant === undefined ? {} : { tenant }),
  });
  const signIn = {
    issuer: 'https://acme.okta.example',
    clientId: '0oa1',
    clientSecret: { env: 'SECRET' },
    stepUp: 'phr',
    groups: [rule('kc globex', 'viewer', 'globex'), rule('kc all', 'admin'), rule('kc acme', 'admin', 'acme')],
  } as const;
  const check = (on: RunningApi, ...groups: string[]) => on.call('POST', '/v1/roles/check', { body: { groups } });

  test('has the highest role in the key’s tenant, and why each group has its own', async () => {
    const drilled = await runApi({ signIn: { ...signIn, groups: [...signIn.groups] } });
    try {
      expect((await check(drilled, 'kc globex', 'kc all', 'KC  Globex', 'other')).body).toEqual({
        role: 'admin',
        isAdmitted: true,
        message: 'This login would be admin in globex: the highest role of its groups counts.',
        groups: [
          { name: 'kc globex', role: 'viewer', almost: null, message: 'a rule has exactly this name' },
          { name: 'kc all', role: 'admin', almost: null, message: 'a rule has exactly this name' },
          { name: 'KC  Globex', role: null, almost: 'kc globex', message: expect.stringMatching(/“kc globex”/) },
          { name: 'other', role: null, almost: null, message: 'no rule of globex has this name' },
        ],
      });
      expect((await check(drilled, 'kc acme')).body).toMatchObject({
        role: null,
        isAdmitted: true,
        groups: [{ almost: null }],
      });
      expect((await check(drilled, 'other')).body).toMatchObject({ role: null, isAdmitted: false });
    } finally {
      await drilled.stop();
    }
  });

  test('is refused where operators do not sign in with Okta', async () => {
    expect(await check(api, 'kc all')).toMatchObject({ status: 409, body: { code: 'no_sign_in' } });
  });
});

test('the products are those of the key’s tenant', async () => {
  const { body } = await api.call('GET', '/v1/products');
  expect(body).toEqual({
    items: expect.arrayContaining([
      { productId: expect.any(String), inventoryProductId: expect.any(String), customizationId: expect.any(String) },
    ]),
  });
  const { key } = await api.keyFor('acme', ['read']);
  expect((await api.call('GET', '/v1/products', { key })).body).not.toEqual(body);
});

describe('the stock', () => {
  const item = (inventoryProductId: string) => ({
    inventoryProductId,
    name: 'Advanced',
    inventoryType: '3',
    quantity: 9,
  });

  test('is not known before the worker has read it', async () => {
    expect((await api.call('GET', '/v1/stock')).body).toEqual({
      items: [],
      lastReadAt: null,
      nextReadAt: null,
      problem: null,
    });
  });

  test('names the products that are taken from it, with the reason where it can no longer be read', async () => {
    const { body } = await api.call('GET', '/v1/products');
    const [{ inventoryProductId, productId }] = productsOf(body);
    const { ledger } = api;
    await recordStock(ledger, 'globex', {
      items: [item(inventoryProductId)],
      limits: { lowDays: 30, lowKeys: 10 },
    });
    await claimStockReads(ledger, ['globex']);
    await finishStockRead(ledger, 'globex', { problem: 'not_offered', dueInMs: 60_000 });
    expect((await api.call('GET', '/v1/stock')).body).toMatchObject({
      items: [{ inventoryProductId, productIds: [productId], quantity: 9, lowSince: expect.any(String) }],
      problem: { code: 'not_offered', message: expect.stringContaining('portal') },
    });
    const { key } = await api.keyFor('acme', ['read']);
    expect((await api.call('GET', '/v1/stock', { key })).body).toMatchObject({ items: [], problem: null });
  });
});

describe('the batches', () => {
  const send = async (prefix: string, query = ''): Promise<string> => {
    const rows = [{ login: `${prefix}@globex.example` }, 'not a row'];
    return String((await api.call('POST', `/v1/batches${query}`, { body: { rows } })).body['id']);
  };
  const idsOf = ({ body }: { body: Record<string, unknown> }): unknown =>
    Array.isArray(body['items']) ? body['items'].map(({ id }) => id) : body;

  test('are listed newest first, in pages, with their counts and the key that sent them', async () => {
    const sent: string[] = [];
    for (const name of ['one', 'two', 'three']) sent.unshift(await send(name));
    const first = await api.call('GET', '/v1/batches?limit=2');
    expect(first.body['items']).toMatchObject([
      { id: sent[0], total: 2, accepted: 1, rejectedTotal: 1, dryRun: false, apiKeyId: expect.stringMatching(/^key_/) },
      { id: sent[1] },
    ]);
    const rest = await api.call('GET', `/v1/batches?limit=2&cursor=${String(first.body['nextCursor'])}`);
    expect(rest.body).toMatchObject({ items: [{ id: sent[2] }], nextCursor: null });
  });

  test('are found by whether they are dry runs', async () => {
    const id = await send('dry', '?dryRun=true');
    expect(idsOf(await api.call('GET', '/v1/batches?dryRun=true'))).toEqual([id]);
    expect(idsOf(await api.call('GET', '/v1/batches?dryRun=false'))).not.toContain(id);
  });

  test('are only those of the key’s tenant', async () => {
    const { key } = await api.keyFor('acme', ['read']);
    expect((await api.call('GET', '/v1/batches', { key })).body).toEqual({ items: [], nextCursor: null });
  });

  test.each([
    ['limit=0', 'limit'],
    ['dryRun=yes', 'dryRun'],
    ['cursor=c2hwXzE', 'cursor'],
    ['status=done', 'status'],
  ])('with %s are refused at %s', async (query, field) => {
    expect(await api.call('GET', `/v1/batches?${query}`)).toMatchObject({
      status: 400,
      body: { problems: [{ field }] },
    });
  });
});
