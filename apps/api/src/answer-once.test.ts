import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countStatements } from '@keycourier/ledger/testing/statement-outcomes';
import { sql } from 'kysely';

import { runApi, type RunningApi } from './testing/running-api.ts';
import { advance, requestFor } from './testing/shipments.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const request = (body: unknown, headers: Readonly<Record<string, string>> = {}, path = '/v1/shipments') =>
  api.call('POST', path, { body, headers });

const rowsFor = (login: string) =>
  api.ledger.db
    .selectFrom('shipments')
    .selectAll()
    .where('login_index', '=', api.ledger.sealing.blindIndex(login.toLowerCase()))
    .execute();

let count = 0;
const someone = (): string => `someone-${(count += 1)}@globex.example`;

describe('an Idempotency-Key', () => {
  const withKey = (body: unknown, key: string, path?: string) => request(body, { 'idempotency-key': key }, path);

  test('used first takes the statement of its API key, two locks, the one that does all, and a notification', async () => {
    const count = await countStatements(() => withKey({ login: someone() }, 'first-use'));
    expect(count).toBeLessThanOrEqual(5);
  });

  test('gets the first answer again, byte for byte, after the shipment has changed', async () => {
    const login = someone();
    const first = await withKey({ login }, 'moved-on');
    await api.call('POST', `/v1/shipments/${String(first.body['id'])}/retry`);
    const again = await withKey({ purpose: 'primary', login }, 'moved-on');
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(first.status).toBe(202);
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    const location = `/v1/shipments/${String(first.body['id'])}`;
    expect([first.headers.get('location'), again.headers.get('location')]).toEqual([location, location]);
  });

  test.each(['', '?dryRun=true'])(
    'on ten concurrent requests%s creates one shipment, which all answers have',
    async (query) => {
      const login = someone();
      const send = () => withKey({ login }, `at-once${query}`, `/v1/shipments${query}`);
      const answers = await Promise.all(Array.from({ length: 10 }, send));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(await rowsFor(login)).toHaveLength(1);
    },
  );

  test.each([
    ['another body', { login: 'other@globex.example' }, '/v1/shipments'],
    ['another option', { login: 'keyed@globex.example' }, '/v1/shipments?dryRun=true'],
    ['another route', { rows: [{ login: 'keyed@globex.example' }] }, '/v1/batches'],
  ])('with %s is refused with 422', async (_what, body, path) => {
    await withKey({ login: 'keyed@globex.example' }, 'of-another');
    expect(await withKey(body, 'of-another', path)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test('is separate for each API key', async () => {
    const login = someone();
    const { key } = await api.keyFor('globex');
    await withKey({ login }, 'mine');
    const other = await api.call('POST', '/v1/shipments', {
      key,
      body: { login },
      headers: { 'idempotency-key': 'mine' },
    });
    expect(other).toMatchObject({ status: 409 });
  });

  test('of a 409 succeeds after the other shipment has ended, and is replayed from then on', async () => {
    const login = someone();
    const other = await requestFor(api, login);
    for (const _ of [1, 2])
      expect(await withKey({ login }, 'free-later')).toMatchObject({ status: 409, body: { code: 'already_open' } });
    await advance(api, other, { order: 'cancelled' });
    const first = await withKey({ login }, 'free-later');
    const again = await withKey({ login }, 'free-later');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([202, first.text, 'true']);
  });

  test('of a refusal that an earlier version stored can be used again', async () => {
    const login = someone();
    await withKey({ login }, 'stored-before');
    await api.ledger.db.updateTable('idempotency_keys').set({ status: 409 }).execute();
    expect(await withKey({ login }, 'stored-before')).toMatchObject({ status: 409, body: { code: 'already_open' } });
  });

  test.each([
    ['no such product', { login: 'product@globex.example', productId: '999' }],
    ['an unknown field', { login: 'field@globex.example', colour: 'red' }],
    ['a user twice', { login: 'both@globex.example', userId: '00u1' }],
  ])('of a request with %s can be used again for the corrected request', async (what, wrong) => {
    expect((await withKey(wrong, what.replaceAll(' ', '-'))).status).toBe(400);
    expect(await withKey({ login: someone() }, what.replaceAll(' ', '-'))).toMatchObject({ status: 202 });
  });

  test('of a key that lacks the scope, or is not valid, can be used again', async () => {
    const login = someone();
    const { key: reader } = await api.keyFor('acme', ['read']);
    for (const [key, status] of [
      [reader, 403],
      ['kc_not_a_key', 401],
    ] as const)
      expect(
        await api.call('POST', '/v1/shipments', {
          key,
          body: { login },
          headers: { 'idempotency-key': 'permitted-later' },
        }),
      ).toMatchObject({ status });
    expect(await withKey({ login }, 'permitted-later')).toMatchObject({ status: 202 });
  });

  test('of a 400 can be used again for the corrected request', async () => {
    expect(await withKey({ login: '' }, 'corrected')).toMatchObject({ status: 400 });
    expect(await withKey({ login: someone() }, 'corrected')).toMatchObject({ status: 202 });
  });

  test.each(['x'.repeat(256), 'two words', 'caf\u00e9'])('%j is refused', async (key) => {
    expect(await withKey({ login: someone() }, key)).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/Idempotency-Key/) },
    });
  });

  test('can be used again after a failure, which stores nothing', async () => {
    const { db } = api.ledger;
    const login = someone();
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'canary'; end $$`.execute(db);
    await sql`create trigger fail before insert on idempotency_keys for each row execute function fail()`.execute(db);
    const failed = await withKey({ login }, 'unburnt');
    expect(failed).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(failed.text).not.toContain('canary');
    expect(await rowsFor(login)).toEqual([]);
    await sql`drop trigger fail on idempotency_keys`.execute(db);
    expect(await withKey({ login }, 'unburnt')).toMatchObject({ status: 202 });
  });
});
