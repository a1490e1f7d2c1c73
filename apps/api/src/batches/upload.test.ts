import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitingSessions } from '@keycourier/ledger/testing/waiting-sessions';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let key: string;
beforeAll(async () => {
  api = await runApi();
  ({ key } = await api.keyFor('globex'));
});
afterAll(() => api.stop());

const csv = { 'content-type': 'text/csv; charset=utf-8' };

const upload = (file: string, headers: Readonly<Record<string, string>> = {}, query = '') =>
  api.call('POST', `/v1/batches${query}`, { key, body: file, headers: { ...csv, ...headers } });

const fileOf = (prefix: string, count: number) =>
  `login,note\n${Array.from({ length: count }, (_, index) => `${prefix}-${index}@x.example,"n"`).join('\n')}\n`;

const logins = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ login: `${prefix}-${index}@x.example` }));

/** Sends what `call` cannot: bytes that are no text. */
async function uploadBytes(body: Uint8Array | ReadableStream, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${api.url}/v1/batches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...csv, ...headers },
    body,
    duplex: 'half',
  });
  return { status: answer.status, body: z.record(z.string(), z.unknown()).parse(await answer.json()) };
}

const everything = async () => {
  const { db } = api.ledger;
  const batches = await db.selectFrom('batches').select('id').execute();
  const shipments = await db.selectFrom('shipments').select('id').execute();
  const keys = await db.selectFrom('idempotency_keys').select('key').execute();
  return { batches: batches.length, shipments: shipments.length, keys: keys.length };
};

/** Numbers that rows have taken; a transaction that is rolled back does not return them. */
async function numbered(): Promise<unknown> {
  const { rows } = await sql`select sequencename, last_value from pg_sequences where schemaname = 'public'`.execute(
    api.ledger.db,
  );
  return rows;
}

describe('a CSV upload', () => {
  test('is answered with the result of its rows', async () => {
    const { status, body } = await upload(
      'Login;First Name;primaryPhone;purpose;productId\r\n' +
        'ada@x.example;Ada;+44 20 7946 0000;;1\r\n' +
        'ada@x.example;;;;\r\n' +
        'noor@x.example;=1+1;;tertiary;1\r\n' +
        'lin@x.example;;;;7\r\n' +
        'kim@x.example;"=cmd|A1";;backup;1;more\r\n' +
        ';;;backup;\r\n' +
        '"=kim@x.example";=1;;backup;\r\n',
    );
    expect(status).toBe(202);
    expect(body).toMatchObject({
      total: 7,
      accepted: 2,
      rejectedTotal: 5,
      rejected: [
        { row: 2, problems: [{ field: 'login', code: 'duplicate_row' }] },
        { row: 3, problems: [{ field: 'purpose', code: 'invalid' }] },
        { row: 4, problems: [{ field: 'productId', code: 'product_not_listed' }] },
        { row: 5, problems: [{ field: 'column 6', code: 'extra_cells' }] },
        { row: 6, problems: [{ field: 'login', code: 'user_or_login' }] },
      ],
    });
    const { items } = (await api.call('GET', '/v1/shipments?user=ada@x.example', { key })).body;
    expect(items).toMatchObject([{ trigger: 'batch', purpose: 'primary', batch: { id: body['id'], row: 1 } }]);
  });

  test.each([
    ['no rows', 'login,city\n\n', 'no_rows'],
    ['nothing at all', ' \n', 'no_rows'],
    ['an unknown column', 'login,colour\na,b\n', 'unknown_field'],
    ['an address of e-mail', 'login,email\na,b\n', 'comes_from_okta'],
    ['an unknown column, before many rows', `colour,${fileOf('early', 40_000)}`, 'unknown_field'],
    ['more than 50,000 rows', fileOf('over', 60_000), 'too_many_rows'],
    [
      'a thousand broken rows, behind good ones',
      `${fileOf('broken', 1_500)}${'a,"b\n'.repeat(1_001)}`,
      'too_many_broken_rows',
    ],
    ['an unreadable byte, behind good rows', `${fileOf('late', 1_500)}a,\0\n`, 'binary'],
  ])('with %s is refused as a whole, and has written nothing', async (_what, file, code) => {
    const [before, numbers] = [await everything(), await numbered()];
    const answer = await upload(file, { 'idempotency-key': `refused-${code}-${file.length}` });
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request', problems: [{ code }] } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([await everything(), await numbered()]).toEqual([before, numbers]);
  });

  test.each([
    ['JSON that ends too early', JSON.stringify({ rows: logins('cut', 1_500) }).slice(0, -1), 400],
    ['JSON with another member behind the rows', JSON.stringify({ rows: logins('more', 1_500), more: 1 }), 400],
    [
      'an address that its key may not override, in the last row,',
      JSON.stringify({ rows: [...logins('moved', 1_500), { login: 'moved@x.example', city: 'Łódź' }] }),
      403,
    ],
  ])('%s is refused as a whole, and has written nothing', async (_what, body, status) => {
    const { key: limited } = await api.keyFor('globex', ['read', 'write']);
    const numbers = await numbered();
    expect(await api.call('POST', '/v1/batches', { key: limited, body })).toMatchObject({ status });
    expect(await numbered()).toEqual(numbers);
  });

  test('with a quote that is never closed, between good rows, has that row rejected alone', async () => {
    const answer = await upload(`${fileOf('open', 1_500)}a,"b\n${fileOf('behind', 2).replace('login,note\n', '')}`);
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 1_502, rejected: [{ row: 1_501, problems: [{ field: 'note', code: 'quote_not_closed' }] }] },
    });
  });

  test.each([
    ['gzip', gzipSync(fileOf('gzip', 3))],
    ['deflate', deflateSync(fileOf('deflate', 3))],
    ['br', brotliCompressSync(fileOf('br', 3))],
  ])('may be compressed with %s', async (encoding, bytes) => {
    expect(await uploadBytes(bytes, { 'content-encoding': encoding })).toMatchObject({
      status: 202,
      body: { accepted: 3 },
    });
  });

  test.each([
    ['in Latin-1', Buffer.from('login,city\na,Malmö\n', 'latin1'), {}, 400],
    ['in UTF-16', Buffer.from('\uFEFFlogin\na\n', 'utf16le'), {}, 400],
    ['not compressed as it says', Buffer.from('login\na\n'), { 'content-encoding': 'gzip' }, 400],
    ['compressed in an unknown way', Buffer.from('login\na\n'), { 'content-encoding': 'zip' }, 415],
    ['of another type', Buffer.from('login\na\n'), { 'content-type': 'text/plain' }, 415],
  ])('%s is refused', async (_what, bytes, headers, status) => {
    expect(await uploadBytes(bytes, headers)).toMatchObject({ status });
  });

  test('may have 64 MiB, also of what it is compressed from', async () => {
    const before = await everything();
    const large = Buffer.alloc(65 * 1_048_576, 'login\n');
    expect(await uploadBytes(large)).toMatchObject({ status: 413, body: { code: 'too_large' } });
    const refused = { status: 413, body: { code: 'too_large', detail: expect.stringContaining('100 times as large') } };
    expect(await uploadBytes(gzipSync(large), { 'content-encoding': 'gzip' })).toMatchObject(refused);
    async function* chunks() {
      for (let start = 0; start < large.length; start += 65_536) yield large.subarray(start, start + 65_536);
    }
    expect(await uploadBytes(ReadableStream.from(chunks()))).toMatchObject({ status: 413 });
    expect(await everything()).toEqual(before);
  });

  test('that is interrupted leaves nothing behind, and blocks no other request', async () => {
    const before = await everything();
    const file = fileOf('broken', 2_000);
    const sending = httpRequest(`${api.url}/v1/batches`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...csv,
        'content-length': file.length * 2,
        'idempotency-key': 'broken-1',
      },
    });
    const failed = once(sending, 'error');
    sending.write(file);
    await api.ledger.db.selectFrom('batches').select('id').execute();
    sending.destroy();
    await failed;
    const again = await upload(fileOf('broken', 3), { 'idempotency-key': 'broken-1' });
    expect(again).toMatchObject({ status: 202, body: { accepted: 3 } });
    expect(await everything()).toEqual({
      batches: before.batches + 1,
      shipments: before.shipments + 3,
      keys: before.keys + 1,
    });
    expect(api.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('that is slow blocks no other upload of the tenant', async () => {
    const sending = httpRequest(`${api.url}/v1/batches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...csv, 'transfer-encoding': 'chunked' },
    });
    const answered = once(sending, 'response');
    sending.write('login\nslow@x.example\n');
    expect(await upload(fileOf('meanwhile', 2))).toMatchObject({ status: 202 });
    expect(await api.call('POST', '/v1/shipments', { key, body: { login: 'alone@x.example' } })).toMatchObject({
      status: 202,
    });
    sending.end();
    const [answer] = await answered;
    expect(answer).toMatchObject({ statusCode: 202 });
    answer.resume();
  });

  test('whose database connection fails halfway leaves nothing behind', async () => {
    const { db } = api.ledger;
    await sql`create sequence chunks`.execute(db);
    await sql`create function wait_halfway() returns trigger language plpgsql as $$ begin
      if nextval('chunks') = 3 then perform pg_advisory_xact_lock(1); end if;
      return null; end $$`.execute(db);
    await sql`create trigger wait_halfway after insert on shipments execute function wait_halfway()`.execute(db);
    const before = await everything();
    const holder = await db.startTransaction().execute();
    await sql`select pg_advisory_xact_lock(1)`.execute(holder);
    const uploading = upload(fileOf('unplugged', 6_000));
    const [pid] = await until(
      () => waitingSessions(db),
      ({ length }) => length === 1,
    );
    await sql`select pg_terminate_backend(${pid})`.execute(db);
    expect(await uploading).toMatchObject({ status: 503 });
    await holder.rollback().execute();
    expect(await everything()).toEqual(before);
    await sql`drop trigger wait_halfway on shipments`.execute(db);
  });
});

describe('an upload under an Idempotency-Key', () => {
  test('gets its first answer again, byte for byte, and creates nothing', async () => {
    const file = fileOf('once', 30);
    const first = await upload(file, { 'idempotency-key': 'once-1' });
    const before = await everything();
    const second = await upload(file, { 'idempotency-key': 'once-1' });
    expect(second.text).toBe(first.text);
    expect(first).toMatchObject({ status: 202, body: { accepted: 30 } });
    expect(await everything()).toEqual(before);
  });

  test('belongs to its bytes, its type and its options', async () => {
    const file = fileOf('other', 2);
    await upload(file, { 'idempotency-key': 'other-1' });
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    expect(await upload(`${file}\n`, { 'idempotency-key': 'other-1' })).toMatchObject(reused);
    expect(await upload(file, { 'idempotency-key': 'other-1' }, '?dryRun=true')).toMatchObject(reused);
    expect(await upload(file, { 'idempotency-key': 'other-1', 'content-type': 'application/json' })).toMatchObject(
      reused,
    );
  });

  test('sent several times at once is one batch: the others wait for its answer', async () => {
    const file = fileOf('at-once', 700);
    const answers = await Promise.all([1, 2, 3].map(() => upload(file, { 'idempotency-key': 'at-once-1' })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 202, body: { accepted: 700 } });
  });

  test('can be corrected under its key after a 400', async () => {
    const headers = { 'idempotency-key': 'corrected-1' };
    expect(await upload('colour\nred\n', headers)).toMatchObject({ status: 400 });
    expect(await upload(fileOf('corrected', 1), headers)).toMatchObject({ status: 202 });
  });
});
