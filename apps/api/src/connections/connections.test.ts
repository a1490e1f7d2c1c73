import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConnection } from '@keycourier/ledger/directory/connections/connections';
import { countAnswers } from '@keycourier/ledger/directory/connections/counts';
import { findConnectionByToken } from '@keycourier/ledger/directory/connections/find-connection';
import { recordFailure } from '@keycourier/ledger/testing/sample-directory';
import { sql } from 'kysely';
import { z } from 'zod';

import { runApi, type CallOptions, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let stranger = '';
// Answers are counted by days, and none ends during a test.
const now = new Date();
beforeAll(async () => {
  api = await runApi({ now: () => now });
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

let count = 0;

async function create(body: object = {}) {
  count += 1;
  const answer = await api.call('POST', '/v1/connections', { body: { name: `Okta ${count}`, ...body } });
  expect(answer.status).toBe(201);
  return z.looseObject({ id: z.string(), baseUrl: z.string(), token: z.string() }).parse(answer.body);
}

const get = (id: string, options: CallOptions = {}) => api.call('GET', `/v1/connections/${id}`, options);
const change = (id: string, body: object) => api.call('PATCH', `/v1/connections/${id}`, { body });
const accepts = async (id: string, token: string): Promise<boolean> =>
  (await findConnectionByToken(api.ledger, id, token)) !== null;

describe('a connection', () => {
  test('is created with a base URL without underscores and a token that is shown once', async () => {
    const { id, baseUrl, token, ...rest } = await create();
    expect(baseUrl).toBe(`https://scim.example/scim/v2/${id}`);
    expect(id).not.toContain('_');
    expect(rest).toMatchObject({
      sendEnrollmentMails: false,
      includeManual: false,
      readAll: false,
      takeOverByLocalPart: false,
      userNameRules: {},
      mapping: { isDefault: true, rows: expect.arrayContaining([expect.objectContaining({ source: 'countryCode' })]) },
      lastRequestAt: null,
      revokedAt: null,
    });
    expect(await accepts(id, token)).toBe(true);
    expect((await get(id)).text).not.toContain(token);
    expect((await api.call('GET', '/v1/connections')).text).not.toContain(token);
    expect(api.logged.join('')).not.toContain(token);
  });

  test('has a name of its own in its tenant, in any letter case', async () => {
    await create({ name: 'Entra' });
    const again = { body: { name: 'ENTRA' } };
    expect(await api.call('POST', '/v1/connections', again)).toMatchObject({
      status: 409,
      body: { code: 'connection_name_taken' },
    });
    expect(await api.call('POST', '/v1/connections', { ...again, key: stranger })).toMatchObject({ status: 201 });
  });

  test('is changed in what is sent alone', async () => {
    const { id } = await create({ includeManual: true });
    expect(await change(id, { readAll: true, userNameRules: { startsWithLetter: true, maxLength: 30 } })).toMatchObject(
      {
        status: 200,
        body: { includeManual: true, readAll: true, userNameRules: { startsWithLetter: true, maxLength: 30 } },
      },
    );
    expect((await change(id, {})).body).toMatchObject({ readAll: true });
    expect((await change(id, { userNameRules: {} })).body).toMatchObject({ userNameRules: {} });
  });

  test('that is revoked ends its tokens, stays listed, and cannot be changed', async () => {
    const { id, token } = await create();
    expect(await api.call('DELETE', `/v1/connections/${id}`)).toMatchObject({ status: 204 });
    expect(await api.call('DELETE', `/v1/connections/${id}`)).toMatchObject({ status: 204 });
    expect(await accepts(id, token)).toBe(false);
    expect((await get(id)).body).toMatchObject({ revokedAt: expect.any(String), warnings: [] });
    expect(await change(id, { readAll: true })).toMatchObject({ status: 409, body: { code: 'connection_revoked' } });
    expect(await api.call('POST', `/v1/connections/${id}/tokens`)).toMatchObject({
      status: 409,
      body: { code: 'connection_revoked' },
    });
  });

  test("is another tenant's by no route", async () => {
    const { id, token } = await create();
    const [listed] = z
      .looseObject({ tokens: z.array(z.looseObject({ id: z.string() })) })
      .parse((await get(id)).body).tokens;
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { readAll: true }],
      ['DELETE', '', undefined],
      ['POST', '/tokens', {}],
      ['DELETE', `/tokens/${listed?.id}`, undefined],
      ['POST', '/clients', {}],
      ['GET', '/people', undefined],
    ] as const)
      expect(await api.call(method, `/v1/connections/${id}${path}`, { body, key: stranger })).toMatchObject({
        status: 404,
      });
    expect((await api.call('GET', '/v1/connections', { key: stranger })).text).not.toContain(id);
    expect(await accepts(id, token)).toBe(true);
  });

  test.each([[{}], [{ name: '' }], [{ name: 'x', readAll: 'yes' }], [{ name: 'x', tenant: 'acme' }], [{ name: ' x' }]])(
    'is not created from %j',
    async (body) => {
      expect(await api.call('POST', '/v1/connections', { body })).toMatchObject({ status: 400 });
    },
  );
});

describe('tokens', () => {
  test('are rotated with two live ones; a third is refused with what to do', async () => {
    const { id, token: first } = await create();
    const rotated = await api.call('POST', `/v1/connections/${id}/tokens`, { body: { expiresInDays: 365 } });
    expect(rotated).toMatchObject({ status: 201, body: { kind: 'bearer', expiresAt: expect.any(String) } });
    const second = String(rotated.body['token']);
    expect(await api.call('POST', `/v1/connections/${id}/tokens`)).toMatchObject({
      status: 409,
      body: { code: 'two_live', detail: expect.stringContaining('DELETE /v1/connections/{id}/tokens/{tokenId}') },
    });
    expect([await accepts(id, first), await accepts(id, second)]).toEqual([true, true]);
    const tokens = z
      .looseObject({ tokens: z.array(z.looseObject({ id: z.string() })) })
      .parse((await get(id)).body).tokens;
    const former = tokens.find((one) => one.id !== rotated.body['id'])?.id;
    const end = () => api.call('DELETE', `/v1/connections/${id}/tokens/${former}`);
    expect(await end()).toMatchObject({ status: 204 });
    expect([await accepts(id, first), await accepts(id, second)]).toEqual([false, true]);
    const other = await create();
    expect(await api.call('DELETE', `/v1/connections/${other.id}/tokens/${former}`)).toMatchObject({ status: 404 });
  });

  test('of OAuth clients have a client id, a secret shown once and a token URL', async () => {
    const { id, baseUrl } = await create();
    const made = await api.call('POST', `/v1/connections/${id}/clients`, { body: {} });
    expect(made).toMatchObject({ status: 201, body: { kind: 'client', tokenUrl: `${baseUrl}/oauth/token` } });
    const { clientId, clientSecret } = made.body;
    expect((await get(id)).text).not.toContain(String(clientSecret));
    expect(await api.call('DELETE', `/v1/connections/${id}/tokens/${String(clientId)}`)).toMatchObject({ status: 404 });
    expect(await api.call('DELETE', `/v1/connections/${id}/clients/${String(clientId)}`)).toMatchObject({
      status: 204,
    });
  });
});

describe('the attribute mapping', () => {
  const rows = [
    { source: 'Mobile', path: 'phoneNumbers[type eq "mobile"].value', target: 'primaryPhone', note: 'For the courier' },
    { source: 'Nickname', path: 'nickName', target: 'firstName' },
  ];

  test('is replaced as a whole, and comes back to the default one with null', async () => {
    const { id } = await create({ mapping: rows });
    expect((await get(id)).body['mapping']).toEqual({
      isDefault: false,
      rows: [rows[0], { ...rows[1], note: null }],
    });
    expect((await change(id, { mapping: null })).body['mapping']).toMatchObject({ isDefault: true });
  });

  const address = (path: (part: string) => string, ...left: readonly string[]) =>
    Object.entries({ streetAddress: 'streetAddress', city: 'locality', zipCode: 'postalCode', countryCode: 'country' })
      .filter(([target]) => !left.includes(target))
      .map(([target, part]) => ({ source: target, path: path(part), target }));

  test('takes an address as a whole, from any kind of it', async () => {
    const { id } = await create();
    const home = address((part) => `addresses[type eq "home"].${part}`);
    expect(await change(id, { mapping: home })).toMatchObject({ status: 200 });
  });

  test.each<[string, object[], string, RegExp]>([
    ['an unknown path', [{ source: 'x', path: 'shoeSize', target: null }], 'mapping[0].path', /is no path/],
    ['a password', [{ source: 'x', path: 'password', target: null }], 'mapping[0].path', /never stored/],
    ['a PIN address', [{ source: 'x', path: 'emails.value', target: 'email' }], 'mapping[0].target', /PINs go to/],
    ['another target', [{ source: 'x', path: 'title', target: 'title' }], 'mapping[0].target', /one of `firstName`/],
    ['half an address', address((part) => `addresses.${part}`, 'countryCode'), 'mapping', /`countryCode` missing/],
    [
      'halves of two addresses',
      address((part) => `addresses[type eq "${part === 'country' ? 'home' : 'work'}"].${part}`),
      'mapping',
      /different addresses/,
    ],
    ['no row', [], 'mapping', /1 to 200 rows/],
    ['another member', [{ source: 'x', path: 'title', target: null, x: 1 }], 'mapping[0].x', /Unknown field/],
  ])('is refused with %s', async (_, mapping, field, message) => {
    const { id } = await create();
    expect(await change(id, { mapping })).toMatchObject({
      status: 400,
      body: { code: 'bad_request', problems: [{ field, message: expect.stringMatching(message) }] },
    });
  });
});

describe('what is shown of its client', () => {
  test('are counters, the last request and the last errors without values', async () => {
    const { id } = await create();
    const connection = await readConnection(api.ledger, 'globex', id);
    if (connection === null) throw new TypeError('no connection');
    await countAnswers(api.ledger, id, { requests: 40, refused: 2, failed: 1 });
    const failure = { status: 409, scimType: 'uniqueness', detail: 'userName has to be unique.' };
    await recordFailure(api.ledger, connection, { subject: { userName: 'secret@x.example' }, ...failure });
    const { body, text } = await get(id);
    expect(body).toMatchObject({
      counts: { today: { requests: 40, refused: 2, failed: 1 }, last7Days: { requests: 40 } },
      errors: [{ ...failure, times: 1, subjectId: null }],
    });
    expect(text).not.toContain('secret@x');
  });

  const warningsOf = async (id: string) =>
    z
      .looseObject({ warnings: z.array(z.object({ code: z.string() })) })
      .parse((await get(id)).body)
      .warnings.map(({ code }) => code);

  test('are warnings about what an administrator should look at', async () => {
    const { id } = await create();
    expect(await warningsOf(id)).toEqual([]);
    await change(id, { readAll: true });
    expect(await warningsOf(id)).toEqual(['read_all_first']);
    await change(id, { includeManual: true });
    expect(await warningsOf(id)).toEqual([]);
    await countAnswers(api.ledger, id, { requests: 100, refused: 15, failed: 5 });
    expect(await warningsOf(id)).toEqual(['many_failures']);
    await sql`update scim_connections set created_at = now() - interval '8 days' where id = ${id}`.execute(
      api.ledger.db,
    );
    expect(await warningsOf(id)).toEqual(['no_requests']);
    await sql`update scim_connections set last_request_at = now() where id = ${id}`.execute(api.ledger.db);
    await sql`update scim_tokens set expires_at = now() + interval '3 days' where connection_id = ${id}`.execute(
      api.ledger.db,
    );
    expect(await warningsOf(id)).toEqual(['token_expires', 'many_failures']);
    await sql`update scim_tokens set expires_at = now() - interval '1 hour' where connection_id = ${id}`.execute(
      api.ledger.db,
    );
    expect(await warningsOf(id)).toEqual(['no_live_token', 'many_failures']);
  });
});
