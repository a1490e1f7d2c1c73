import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countStatements } from '@keycourier/ledger/testing/statement-outcomes';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { advance, held, requestFor } from '../testing/shipments.ts';

let api: RunningApi;
let stranger: string;
beforeAll(async () => {
  api = await runApi();
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

const idsOf = (body: Record<string, unknown>): unknown[] =>
  Array.isArray(body['items']) ? body['items'].map((item: { id: unknown }) => item.id) : [];

const cursorOf = (body: Record<string, unknown>): string =>
  typeof body['nextCursor'] === 'string' ? body['nextCursor'] : '';

describe('the list', () => {
  let ids: string[];
  beforeAll(async () => {
    ids = [];
    for (const index of [1, 2, 3, 4, 5]) ids.unshift(await requestFor(api, `Listed-${index}@Globex.example`));
    await api.call('POST', '/v1/shipments?dryRun=true', { body: { login: 'listed-1@globex.example' } });
    await advance(api, ids[0] ?? '', held);
  });

  test('is newest first, and complete over all pages', async () => {
    const first = await api.call('GET', '/v1/shipments?limit=2');
    const second = await api.call('GET', `/v1/shipments?limit=2&cursor=${cursorOf(first.body)}`);
    const third = await api.call('GET', `/v1/shipments?limit=2&cursor=${cursorOf(second.body)}`);
    expect([first, second, third].flatMap(({ body }) => idsOf(body))).toEqual(ids);
    expect(third).toMatchObject({ status: 200, body: { nextCursor: null } });
  });

  test('needs two statements: for the key, and for the page with all that it shows', async () => {
    // A notification of what was requested may still be under way.
    await api.ledger.notifier.flush();
    expect(await countStatements(() => api.call('GET', '/v1/shipments?limit=5'))).toBe(2);
  });

  test('can be filtered by status', async () => {
    expect(idsOf((await api.call('GET', '/v1/shipments?status=held')).body)).toEqual([ids[0]]);
    expect(await api.call('GET', '/v1/shipments?status=completed')).toMatchObject({
      body: { items: [], nextCursor: null },
    });
  });

  test('can be filtered by user: by login in any letter case, or by Okta id', async () => {
    expect(idsOf((await api.call('GET', '/v1/shipments?user=LISTED-3%40globex.EXAMPLE')).body)).toEqual([ids[2]]);
    await advance(api, ids[2] ?? '', { user: { id: '00u-listed-3' } });
    expect(idsOf((await api.call('GET', '/v1/shipments?user=00u-listed-3')).body)).toEqual([ids[2]]);
    expect(idsOf((await api.call('GET', '/v1/shipments?user=00u-listed')).body)).toEqual([]);
  });

  test('can be filtered by several statuses, by hold, trigger and time, and by all of them at once', async () => {
    const listed = async (query: string) => idsOf((await api.call('GET', `/v1/shipments?${query}`)).body);
    expect(await listed('status=held,requested')).toEqual(ids);
    const { code, cause } = z
      .object({ hold: z.object({ code: z.string(), cause: z.string() }) })
      .parse((await api.call('GET', `/v1/shipments/${ids[0]}`)).body).hold;
    expect(await listed(`holdCode=${code}`)).toEqual([ids[0]]);
    expect(await listed(`holdCode=${code}&status=requested`)).toEqual([]);
    expect(await listed(`cause=${encodeURIComponent(cause)}`)).toEqual([ids[0]]);
    expect(await listed('cause=another')).toEqual([]);
    expect(await listed('trigger=api,batch')).toEqual(ids);
    expect(await listed('trigger=group-add')).toEqual([]);
    expect(await listed('since=2020-01-01T00:00:00Z')).toEqual(ids);
    expect(await listed('until=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await listed(`batchId=bat_${'0'.repeat(26)}`)).toEqual([]);
  });

  test('counts what the filter selects on all pages, where it is asked to', async () => {
    const counted = await api.call('GET', '/v1/shipments?limit=2&count=true');
    expect(counted.body).toMatchObject({ count: 5, atLeast: false });
    const searched = await api.call('POST', '/v1/shipments/search', { body: { status: 'held', count: true } });
    expect(searched.body).toMatchObject({ count: 1, atLeast: false });
    expect((await api.call('GET', '/v1/shipments?limit=2')).body).not.toHaveProperty('count');
    const many = await api.call('GET', '/v1/events?count=true');
    const batches = await api.call('GET', '/v1/batches?count=true&dryRun=false');
    expect([many.body, batches.body]).toMatchObject([
      { count: 0, atLeast: false },
      { count: 0, atLeast: false },
    ]);
  });

  test('finds a key by its serial and a parcel by its tracking number', async () => {
    const printed = { serial: '12345678', tracking_number: 'AB 12/3' };
    await api.ledger.db
      .updateTable('shipments')
      .set(printed)
      .where('id', '=', ids[4] ?? '')
      .execute();
    const found = async (query: string, key?: string) =>
      idsOf((await api.call('GET', `/v1/shipments?${query}`, key === undefined ? {} : { key })).body);
    expect(await found('serial=12345678')).toEqual([ids[4]]);
    expect(await found('trackingNumber=AB%2012%2F3')).toEqual([ids[4]]);
    expect(await found('serial=1234567')).toEqual([]);
    expect(await found('serial=12345678', stranger)).toEqual([]);
  });

  test('shows dry runs separately', async () => {
    expect(await api.call('GET', '/v1/shipments?dryRun=true')).toMatchObject({ body: { items: [{ dryRun: true }] } });
  });

  test.each([
    ['', {}],
    ['?limit=2', { limit: 2 }],
    ['?status=held', { status: 'held' }],
    ['?status=held,requested&trigger=api', { status: ['held', 'requested'], trigger: 'api' }],
    ['?since=2020-01-01T00:00:00Z', { since: '2020-01-01T00:00:00Z' }],
    ['?dryRun=true', { dryRun: true }],
    ['?user=LISTED-3%40globex.EXAMPLE', { user: 'LISTED-3@globex.EXAMPLE' }],
  ])('%s is found by a search with the body %j, too', async (query, body) => {
    const listed = await api.call('GET', `/v1/shipments${query}`);
    const searched = await api.call('POST', '/v1/shipments/search', { body });
    expect(searched).toMatchObject({ status: 200, body: listed.body });
    const cursor = cursorOf(listed.body);
    const next = await api.call('POST', '/v1/shipments/search', { body: cursor === '' ? body : { ...body, cursor } });
    expect(idsOf(next.body)).toEqual(cursor === '' ? idsOf(listed.body) : ids.slice(2, 4));
  });

  test('needs only the scope read for a search', async () => {
    const { key } = await api.keyFor('globex', ['read']);
    expect(await api.call('POST', '/v1/shipments/search', { key, body: {} })).toMatchObject({ status: 200 });
    const { key: other } = await api.keyFor('globex', ['write']);
    expect(await api.call('POST', '/v1/shipments/search', { key: other, body: {} })).toMatchObject({ status: 403 });
  });

  test("contains only shipments of the key's tenant", async () => {
    expect(await api.call('GET', '/v1/shipments', { key: stranger })).toMatchObject({
      body: { items: [], nextCursor: null },
    });
    expect(await api.call('GET', '/v1/shipments?user=00u-listed-3', { key: stranger })).toMatchObject({
      body: { items: [] },
    });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['status=missing', 'status'],
    ['status=held&status=ready', 'status'],
    ['cursor=', 'cursor'],
    ['cursor=shp_1', 'cursor'],
    ['user=', 'user'],
    ['user=%00', 'user'],
    ['dryRun=1', 'dryRun'],
    ['page=2', 'page'],
  ])('with %s is refused at %s', async (query, field) => {
    expect(await api.call('GET', `/v1/shipments?${query}`)).toMatchObject({
      status: 400,
      body: { problems: [{ field }] },
    });
  });
});
