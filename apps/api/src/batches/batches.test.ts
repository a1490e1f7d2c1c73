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
  api.ledger.db.selectFrom('shipments').selectAll().where('batch_id', '=', String(batchId)).orderBy('line').execute();

describe('a batch', () => {
  test('is answered 202 with how many rows were accepted, and keeps their order', async () => {
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

  test('is taken but for the rows that cannot be used, each told by its number with every problem', async () => {
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

  test('can be looked at again, with where its shipments are', async () => {
    const { body } = await send([...people('looked', 3), {}]);
    const [first] = await shipmentsOf(body['id']);
    await sql`update shipments set status = 'held' where id = ${first?.id}`.execute(api.ledger.db);
    expect(await api.call('GET', `/v1/batches/${String(body['id'])}`)).toMatchObject({
      status: 200,
      body: { ...body, statuses: { requested: 2, held: 1 }, createdAt: expect.stringMatching(/Z$/) },
    });
  });

  test('of another tenant looks like one that does not exist', async () => {
    const { body } = await send(people('strange', 1));
    const { key } = await api.keyFor('acme');
    const others = await api.call('GET', `/v1/batches/${String(body['id'])}`, { key });
    expect(others).toMatchObject({ status: 404 });
    for (const id of ['x', '%00', `bat_${'0'.repeat(26)}`])
      expect((await api.call('GET', `/v1/batches/${id}`)).text).toBe(others.text);
  });

  test('of a thousand rows is one transaction', async () => {
    const { body } = await send(people('thousand', 1_000));
    expect(body).toMatchObject({ total: 1_000, accepted: 1_000 });
    expect(await shipmentsOf(body['id'])).toHaveLength(1_000);
  });

  test('leaves nothing behind when the database fails in the middle', async () => {
    const { db } = api.ledger;
    await sql`create function fail() returns trigger language plpgsql as $$ begin if random() > 0.9 then raise 'no'; end if; return new; end $$`.execute(
      db,
    );
    await sql`create trigger fail before insert on secrets for each row execute function fail()`.execute(db);
    const counts = () =>
      sql`select (select count(*) from batches) as batches, (select count(*) from shipments) as shipments`.execute(db);
    const before = await counts();
    expect(await send(people('failing', 200))).toMatchObject({ status: 500 });
    expect((await counts()).rows).toEqual(before.rows);
    await sql`drop trigger fail on secrets`.execute(db);
  });

  test('sent twice at once under one Idempotency-Key is one batch', async () => {
    const rows = people('keyed', 50);
    const answers = await Promise.all([1, 2, 3].map(() => send(rows, { 'idempotency-key': 'batch-1' })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 202, body: { accepted: 50 } });
  });

  test('that names the same people as another at the same moment, in the opposite order, waits for it', async () => {
    const rows = people('crossing', 100);
    const answers = await Promise.all([send(rows), send(rows.toReversed()), send(rows), send(rows.toReversed())]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(answers.filter(({ body }) => body['accepted'] === 100)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['rejectedTotal'] === 100)).toHaveLength(3);
  });

  test.each([
    ['no rows', { rows: [] }, 400],
    ['too many rows', { rows: Array.from({ length: 1_001 }, () => ({})) }, 400],
    ['no list', { rows: {} }, 400],
    ['something else beside', { rows: [{ login: 'a' }], dryRun: true }, 400],
  ])('with %s is refused', async (_what, body, status) => {
    expect(await api.call('POST', '/v1/batches', { body })).toMatchObject({ status, body: { code: 'bad_request' } });
  });

  test('in CSV is refused with what to send instead', async () => {
    const answer = await api.call('POST', '/v1/batches', {
      body: 'login\na@globex.example\n',
      headers: { 'content-type': 'text/csv; charset=utf-8' },
    });
    expect(answer).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type', detail: expect.stringMatching(/rows/) },
    });
  });
});
