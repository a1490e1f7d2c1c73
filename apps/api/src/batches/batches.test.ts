import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { requestFor } from '../testing/shipments.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const send = (rows: unknown, headers: Readonly<Record<string, string>> = {}) =>
  api.call('POST', '/v1/batches', { body: { rows }, headers });

const people = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ login: `${prefix}-${index}@globex.example` }));

const shipmentsOf = async (batchId: unknown) =>
  api.ledger.db
    .selectFrom('shipments')
    .selectAll()
    .where('batch_id', '=', String(batchId))
    .orderBy('position')
    .execute();

describe('a batch', () => {
  test('is answered 202 with the number of accepted rows, and keeps their order', async () => {
    const { status, body } = await send([
      { login: 'z@globex.example', note: 'first', firstName: 'Zoe', city: 'London' },
      { userId: '00u-batch', productId: 1, purpose: 'backup' },
    ]);
    expect(status).toBe(202);
    expect(body).toEqual({ id: expect.stringMatching(/^bat_/), total: 2, accepted: 2, rejected: [], rejectedTotal: 0 });
    expect(await shipmentsOf(body['id'])).toMatchObject([
      { okta_user_id: null, trigger: 'batch', purpose: 'primary' },
      { okta_user_id: '00u-batch', purpose: 'backup' },
    ]);
  });

  test('is accepted without its invalid rows, each reported by number with every problem', async () => {
    const open = 'open@globex.example';
    await requestFor(api, open);
    const { status, body } = await send([
      { login: 'good@globex.example' },
      { login: 'GOOD@globex.example' },
      { login: open },
      { login: 'a', userId: 'b' },
      { login: 'product@globex.example', productId: '7' },
      { userId: 'impossible id', purpose: 'x', secondEmail: 'canary@evil.example', colour: 'red' },
      'text',
      { login: 'named@globex.example', 'canary@evil.example': 1, 'nul\0': 2 },
      { login: 'good@globex.example', purpose: 'backup' },
    ]);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      total: 9,
      accepted: 2,
      rejectedTotal: 7,
      rejected: [
        { row: 2, problems: [{ field: 'login', code: 'duplicate_row' }] },
        { row: 3, problems: [{ field: 'login', code: 'already_open' }] },
        { row: 4, problems: [{ field: 'login', code: 'user_or_login' }] },
        { row: 5, problems: [{ field: 'productId', code: 'product_not_listed' }] },
        {
          row: 6,
          problems: [
            { field: 'userId', code: 'invalid' },
            { field: 'purpose', code: 'invalid' },
            { field: 'secondEmail', code: 'comes_from_okta' },
            { field: 'colour', code: 'unknown_field' },
          ],
        },
        { row: 7, problems: [{ field: 'row', code: 'invalid' }] },
        {
          row: 8,
          problems: [
            { field: 'row', code: 'unknown_names' },
            { field: 'row', code: 'unknown_names' },
          ],
        },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  test('can be read later, with the statuses of its shipments', async () => {
    const { body } = await send([...people('looked', 3), {}]);
    const [first] = await shipmentsOf(body['id']);
    await sql`update shipments set status = 'held' where id = ${first?.id}`.execute(api.ledger.db);
    expect(await api.call('GET', `/v1/batches/${String(body['id'])}`)).toMatchObject({
      status: 200,
      body: {
        ...body,
        dryRun: false,
        statuses: { requested: 2, held: 1 },
        done: false,
        createdAt: expect.stringMatching(/Z$/),
      },
    });
    await sql`update shipments set status = 'ready' where status = 'requested'`.execute(api.ledger.db);
    expect(await api.call('GET', `/v1/batches/${String(body['id'])}`)).toMatchObject({
      body: { statuses: { ready: 2, held: 1 }, done: true },
    });
  });

  test('of another tenant looks like one that does not exist', async () => {
    const { body } = await send(people('strange', 1));
    const { key } = await api.keyFor('acme');
    const others = await api.call('GET', `/v1/batches/${String(body['id'])}`, { key });
    expect(others).toMatchObject({ status: 404 });
    for (const id of ['x', '%00', `bat_${'0'.repeat(26)}`])
      expect((await api.call('GET', `/v1/batches/${id}`)).text).toBe(others.text);
    for (const path of ['rows', 'result.csv'])
      expect((await api.call('GET', `/v1/batches/${String(body['id'])}/${path}`, { key })).text).toBe(others.text);
  });

  test('of more than a chunk is one transaction, and its rows keep their numbers', async () => {
    const rows = [...people('many', 1_200), ...people('many', 3)];
    const { body } = await send(rows);
    expect(body).toMatchObject({ total: 1_203, accepted: 1_200, rejectedTotal: 3 });
    expect(body['rejected']).toMatchObject([1_201, 1_202, 1_203].map((row) => ({ row })));
    const shipments = await shipmentsOf(body['id']);
    expect(shipments.map(({ batch_row }) => batch_row)).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 1));
  });

  test('reports a thousand of the rejected rows, and counts them all', async () => {
    const { body } = await send(Array.from({ length: 1_100 }, () => ({})));
    expect(body).toMatchObject({ total: 1_100, accepted: 0, rejectedTotal: 1_100 });
    expect(body['rejected']).toHaveLength(1_000);
    expect((await api.call('GET', `/v1/batches/${String(body['id'])}`)).body).toMatchObject({
      done: true,
      statuses: {},
    });
  });

  test('leaves nothing behind when the database fails at its last row', async () => {
    const { db } = api.ledger;
    await sql`create function fail() returns trigger language plpgsql as $$ begin if new.batch_row = 1200 then raise 'no'; end if; return new; end $$`.execute(
      db,
    );
    await sql`create trigger fail before insert on shipments for each row execute function fail()`.execute(db);
    const counts = () =>
      sql`select (select count(*) from batches) as batches, (select count(*) from shipments) as shipments,
        (select count(*) from batch_rejections) as rejections, (select count(*) from outbox) as outbox`.execute(db);
    const before = await counts();
    expect(await send([{}, ...people('failing', 1_199)])).toMatchObject({ status: 500 });
    expect((await counts()).rows).toEqual(before.rows);
    await sql`drop trigger fail on shipments`.execute(db);
  });

  test('waits for a concurrent batch with the same users in the opposite order', async () => {
    const rows = people('crossing', 100);
    const answers = await Promise.all([send(rows), send(rows.toReversed()), send(rows), send(rows.toReversed())]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(answers.filter(({ body }) => body['accepted'] === 100)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['rejectedTotal'] === 100)).toHaveLength(3);
  });

  test.each([
    ['no rows', { rows: [] }],
    ['no list', { rows: {} }],
    ['something else beside', { rows: [{ login: 'a' }], dryRun: true }],
  ])('with %s is refused', async (_what, body) => {
    expect(await api.call('POST', '/v1/batches', { body })).toMatchObject({
      status: 400,
      body: { code: 'bad_request', problems: [{ message: expect.stringMatching(/[.]$/) }] },
    });
  });

  test('with more than 50,000 rows is refused, and no row is stored', async () => {
    const rows = people('too-many', 50_001);
    expect(await send(rows)).toMatchObject({ status: 400, body: { problems: [{ code: 'too_many_rows' }] } });
    expect(await api.call('GET', `/v1/shipments?user=${rows[0]?.login}`)).toMatchObject({ body: { items: [] } });
  });
});
