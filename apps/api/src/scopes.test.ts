import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scope, scopes } from '@keycourier/ledger/api-keys/api-keys';
import { sql } from 'kysely';

import { routes } from './routes.ts';
import { type Call, runApi, type RunningApi } from './testing/running-api.ts';
import { advance, held } from './testing/shipments.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

/** The scope that each route needs, written out a second time: a route that asks for less is noticed here. */
const needed: Readonly<Record<string, Scope | null>> = {
  'post /v1/shipments': 'write',
  'get /v1/shipments': 'read',
  'get /v1/shipments/:id': 'read',
  'get /v1/shipments/:id/events': 'read',
  'post /v1/shipments/:id/retry': 'write',
  'post /v1/shipments/:id/cancel': 'write',
  'post /v1/shipments/:id/corrections': 'operator',
  'post /v1/shipments/:id/release-pin': 'operator',
  'post /v1/shipments/:id/resend-pin': 'operator',
  'post /v1/shipments/:id/confirm-receipt': 'write',
  'post /v1/batches': 'write',
  'get /v1/batches': 'read',
  'get /v1/batches/:id': 'read',
  'get /v1/batches/:id/rows': 'read',
  'get /v1/batches/:id/result.csv': 'read',
  'post /v1/batches/:id/order': 'write',
  'post /v1/bulk-actions': 'operator',
  'get /v1/bulk-actions': 'operator',
  'get /v1/bulk-actions/:id': 'operator',
  'post /v1/bulk-actions/:id/start': 'operator',
  'post /v1/bulk-actions/:id/stop': 'operator',
  'get /v1/bulk-actions/:id/items': 'operator',
  'get /v1/bulk-actions/:id/result.csv': 'operator',
  'get /v1/me': null,
  'get /v1/products': 'read',
  'get /v1/audit': 'audit',
  'get /v1/audit/verification': 'audit',
  'get /v1/flows': 'read',
  'patch /v1/flows/:slug': 'operator',
  'get /v1/hub': 'read',
  'post /v1/hub': 'operator',
  'patch /v1/hub': 'operator',
  'delete /v1/hub': 'operator',
  'post /v1/hub/test': 'operator',
  'get /v1/hub/settings': 'read',
  'patch /v1/hub/settings': 'operator',
  'get /v1/hub/people': 'read',
  'get /v1/hub/people/counts': 'read',
  'post /v1/hub/push': 'operator',
  'get /v1/hub/assignments': 'read',
  'post /v1/hub/assignments': 'operator',
  'delete /v1/hub/assignments/:userId': 'operator',
  'post /v1/keys': 'operator',
  'get /v1/keys': 'operator',
  'post /v1/keys/:id/rotate': 'operator',
  'delete /v1/keys/:id': 'operator',
};

const keyWith = async (granted: readonly Scope[], tenant = 'globex'): Promise<string> =>
  (await api.keyFor(tenant, granted)).key;

const addressesMissing = { status: 403, body: { code: 'missing_scope', scope: 'addresses' } };
const otherAddress = { city: 'Galway', streetAddress: '2 Harbour Lane' };

describe('a route', () => {
  test('is in the table of this test, with its scope', () => {
    expect(Object.fromEntries(routes.map(({ method, path, scope }) => [`${method} ${path}`, scope]))).toMatchObject(
      needed,
    );
  });

  test.each(routes.flatMap(({ method, path, scope }) => scopes.map((granted) => ({ method, path, scope, granted }))))(
    '$method $path with the scope $granted alone',
    async ({ method, path, scope, granted }) => {
      const url = path.replace(':id', `shp_${'0'.repeat(26)}`).replace(':slug', 'group-add');
      const body = method === 'get' ? {} : { body: {} };
      const { status, body: answer } = await api.call(method.toUpperCase(), url, {
        key: await keyWith([granted]),
        ...body,
      });
      if (scope === null || granted === scope) expect(answer['code']).not.toBe('missing_scope');
      else
        expect({ status, code: answer['code'], scope: answer['scope'] }).toEqual({
          status: 403,
          code: 'missing_scope',
          scope,
        });
    },
  );
});

describe('another address than the profile’s', () => {
  const request = async (granted: readonly Scope[], tenant?: string): Promise<Call> =>
    api.call('POST', '/v1/shipments', {
      key: await keyWith(granted, tenant),
      body: { login: `a${Math.random()}@x.example`, profile: otherAddress },
    });

  test('needs the scope addresses in a request, and no scope without it', async () => {
    expect(await request(['read', 'write', 'operator'])).toMatchObject(addressesMissing);
    expect(await request(['write', 'addresses'])).toMatchObject({ status: 202 });
    const key = await keyWith(['write']);
    const plain = { body: { login: 'plain@x.example', profile: {} }, key };
    expect(await api.call('POST', '/v1/shipments', plain)).toMatchObject({ status: 202 });
  });

  test.each<[string, unknown, string]>([
    ['JSON', { rows: [{ login: 'one@x.example' }, { login: 'two@x.example', ...otherAddress }] }, 'application/json'],
    ['CSV', 'login,city\nthree@x.example,\nfour@x.example,Galway\n', 'text/csv'],
  ])('needs it in any row of a batch of %s, of which nothing is created', async (_, body, type) => {
    const before = await count();
    const options = { body, headers: { 'content-type': type } };
    expect(await api.call('POST', '/v1/batches', { ...options, key: await keyWith(['write']) })).toMatchObject(
      addressesMissing,
    );
    expect(await count()).toBe(before);
    const key = await keyWith(['write', 'addresses']);
    expect(await api.call('POST', '/v1/batches', { ...options, key })).toMatchObject({
      status: 202,
      body: { accepted: 2 },
    });
  });

  test('needs it in a correction beside operator, except to ship as ordered', async () => {
    const id = await heldOf('globex');
    const correct = async (granted: readonly Scope[], body: unknown): Promise<Call> =>
      api.call('POST', `/v1/shipments/${id}/corrections`, { key: await keyWith(granted), body });
    expect(await correct(['operator'], { fields: otherAddress })).toMatchObject(addressesMissing);
    expect(await correct(['operator'], { decision: 'accept' })).toMatchObject(addressesMissing);
    expect((await correct(['operator'], { decision: 'reject' })).status).toBe(409);
    expect(await correct(['addresses'], { fields: otherAddress })).toMatchObject({
      status: 403,
      body: { scope: 'operator' },
    });
  });

  test('is refused where the tenant forbids it, with any scope', async () => {
    const forbidden = { status: 403, body: { code: 'overrides_forbidden' } };
    expect(await request(scopes, 'initech')).toMatchObject(forbidden);
    expect(await request(scopes, 'umbrella')).toMatchObject(forbidden);
    const rows = { rows: [{ login: 'row@x.example', city: 'Galway' }] };
    expect(await api.call('POST', '/v1/batches', { key: await keyWith(scopes, 'umbrella'), body: rows })).toMatchObject(
      forbidden,
    );
  });

  test('of a correction is refused where the tenant allows none, and not where it allows corrections', async () => {
    const correct = async (tenant: string): Promise<Call> => {
      const id = await heldOf(tenant);
      return api.call('POST', `/v1/shipments/${id}/corrections`, {
        key: await keyWith(scopes, tenant),
        body: { fields: otherAddress },
      });
    };
    expect(await correct('umbrella')).toMatchObject({ status: 403, body: { code: 'overrides_forbidden' } });
    expect((await correct('initech')).body['code']).not.toBe('overrides_forbidden');
  });

  test('is in the history by its attributes’ names and the key, without a value', async () => {
    const { id: by, key } = await api.keyFor('globex', ['read', 'write', 'addresses']);
    const { body } = await api.call('POST', '/v1/shipments', {
      key,
      body: { login: 'h@x.example', profile: otherAddress },
    });
    const { text, body: history } = await api.call('GET', `/v1/shipments/${String(body['id'])}/events`, { key });
    expect(history['items']).toMatchObject([
      { event: 'shipment.requested', detail: { trigger: 'api', overridden: 'streetAddress city', by } },
    ]);
    expect(text).not.toContain('Galway');
  });
});

describe('a key made before the scope addresses', () => {
  test.each<[readonly Scope[], readonly Scope[]]>([
    [['read'], ['read']],
    [['write'], ['write', 'addresses']],
    [
      ['read', 'operator'],
      ['read', 'operator', 'addresses'],
    ],
  ])('with %j has %j after the migration', async (before, after) => {
    const { id } = await api.keyFor('acme', before);
    await migrateAgain();
    const { rows } = await sql<{ scopes: string[] }>`select scopes from api_keys where id = ${id}`.execute(
      api.ledger.db,
    );
    expect(rows).toEqual([{ scopes: after }]);
  });
});

async function heldOf(tenant: string): Promise<string> {
  const key = await keyWith(scopes, tenant);
  const { body } = await api.call('POST', '/v1/shipments', { key, body: { login: `held-${Math.random()}@x.example` } });
  await advance(api, String(body['id']), held);
  return String(body['id']);
}

async function migrateAgain(): Promise<void> {
  const file = new URL('../../../packages/ledger/migrations/0007_address_overrides.sql', import.meta.url);
  await sql.raw(await readFile(file, 'utf8')).execute(api.ledger.db);
}

async function count(): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) from shipments`.execute(api.ledger.db);
  return Number(rows[0]?.count);
}
