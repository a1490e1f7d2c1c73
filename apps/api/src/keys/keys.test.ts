import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Scope } from '@keycourier/ledger/api-keys/api-keys';
import { sql } from 'kysely';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let stranger: string;
beforeAll(async () => {
  api = await runApi();
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

const make = (body: unknown, key?: string) =>
  api.call('POST', '/v1/keys', { body, ...(key === undefined ? {} : { key }) });
const made = async (scopes: readonly Scope[] = ['read']) => {
  const { body } = await make({ name: 'made', scopes });
  return { id: String(body['id']), key: String(body['key']) };
};
const statusWith = async (key: string) => (await api.call('GET', '/v1/flows', { key })).status;
const nobodys = `key_${'0'.repeat(26)}`;

describe('a new key', () => {
  test('is returned in clear once, and has its scopes', async () => {
    const { status, body } = await make({ name: 'portal', scopes: ['read', 'read'], requestsPerMinute: 30 });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'portal',
      scopes: ['read'],
      requestsPerMinute: 30,
      createdAt: expect.stringMatching(/Z$/),
      revokedAt: null,
      formerUntil: null,
      key: expect.stringMatching(/^kc_[\w-]{43}$/),
    });
    const key = String(body['key']);
    const answer = await api.call('GET', '/v1/flows', { key });
    expect(answer.headers.get('ratelimit-policy')).toBe('"key";q=30;w=60');
    expect(await api.call('POST', '/v1/shipments', { key, body: { login: 'a' } })).toMatchObject({ status: 403 });
    expect(await api.call('GET', '/v1/shipments', { key: stranger })).toMatchObject({ body: { items: [] } });
    const listed = await api.call('GET', '/v1/keys');
    const { key: _, ...withoutSecret } = body;
    expect(listed.body['items']).toContainEqual(withoutSecret);
    expect(listed.text).not.toContain(key.slice(3));
    expect(listed.text).not.toMatch(/hash/);
    expect(api.logged.join('')).not.toContain(key.slice(3));
  });

  test('has no more scopes than the one that created it', async () => {
    const { key } = await api.keyFor('globex', ['operator', 'read']);
    expect(await make({ name: 'more', scopes: ['read', 'write'] }, key)).toMatchObject({
      status: 403,
      body: { code: 'scopes_exceeded', detail: expect.stringMatching(/"write"/) },
    });
    expect(await make({ name: 'as much', scopes: ['operator', 'read'] }, key)).toMatchObject({ status: 201 });
  });

  test.each([
    ['no name', { scopes: ['read'] }, 'name'],
    ['a name of spaces', { name: '  ', scopes: ['read'] }, 'name'],
    ['a name with a line break', { name: 'a\nb', scopes: ['read'] }, 'name'],
    ['no scopes', { name: 'a', scopes: [] }, 'scopes'],
    ['another scope', { name: 'a', scopes: ['admin'] }, 'scopes[0]'],
    ['no requests', { name: 'a', scopes: ['read'], requestsPerMinute: 0 }, 'requestsPerMinute'],
    ['another tenant', { name: 'a', scopes: ['read'], tenant: 'acme' }, 'tenant'],
    ['a key of its own', { name: 'a', scopes: ['read'], key: 'kc_mine' }, 'key'],
  ])('with %s is refused', async (_what, body, field) => {
    expect(await make(body)).toMatchObject({ status: 400, body: { problems: [{ field }] } });
  });
});

describe('a rotation', () => {
  const rotate = (id: string, body?: unknown, key?: string) =>
    api.call('POST', `/v1/keys/${id}/rotate`, { body, ...(key === undefined ? {} : { key }) });

  test('returns a new secret, and accepts the former one for a day', async () => {
    const { id, key } = await made();
    const { status, body } = await rotate(id);
    expect(status).toBe(200);
    const fresh = String(body['key']);
    expect(body).toMatchObject({ id, scopes: ['read'] });
    expect(fresh).not.toBe(key);
    const hoursLeft = (new Date(String(body['formerUntil'])).getTime() - Date.now()) / 3_600_000;
    expect(hoursLeft).toBeGreaterThan(23.9);
    expect(hoursLeft).toBeLessThan(24.1);
    expect(await Promise.all([statusWith(key), statusWith(fresh)])).toEqual([200, 200]);
    await sql`update api_keys set former_until = now() where id = ${id}`.execute(api.ledger.db);
    expect(await Promise.all([statusWith(key), statusWith(fresh)])).toEqual([401, 200]);
  });

  test('without a grace period disables the former secret immediately', async () => {
    const { id, key } = await made();
    const { body } = await rotate(id, { graceHours: 0 });
    expect(body).toMatchObject({ formerUntil: null });
    expect(await Promise.all([statusWith(key), statusWith(String(body['key']))])).toEqual([401, 200]);
  });

  test('is refused for a key with more scopes than the caller’s', async () => {
    const { id, key } = await made(['read', 'write', 'operator']);
    const { key: less } = await api.keyFor('globex', ['operator']);
    expect(await rotate(id, { graceHours: 0 }, less)).toMatchObject({ status: 403, body: { code: 'scopes_exceeded' } });
    expect(await statusWith(key)).toBe(200);
  });

  test.each([[{ graceHours: -1 }], [{ graceHours: 721 }], [{ graceHours: 1.5 }], [{ hours: 1 }]])(
    'with %j is refused',
    async (body) => {
      const { id, key } = await made();
      expect(await rotate(id, body)).toMatchObject({ status: 400 });
      expect(await statusWith(key)).toBe(200);
    },
  );

  test('of a revoked key is refused', async () => {
    const { id } = await made();
    await api.call('DELETE', `/v1/keys/${id}`);
    expect(await rotate(id)).toMatchObject({ status: 409, body: { code: 'key_revoked' } });
  });

  test("of another tenant's key looks like one of an unknown key", async () => {
    const { id, key } = await made();
    const [others, none] = [await rotate(id, {}, stranger), await rotate(nobodys, {}, stranger)];
    expect(others.status).toBe(404);
    expect(others.text).toBe(none.text);
    expect(await statusWith(key)).toBe(200);
  });
});

describe('a revocation', () => {
  const revoke = (id: string, key?: string) => api.call('DELETE', `/v1/keys/${id}`, key === undefined ? {} : { key });

  test('takes effect immediately, and repeating it changes nothing', async () => {
    const { id, key } = await made();
    expect(await statusWith(key)).toBe(200);
    expect(await revoke(id)).toMatchObject({ status: 204, text: '' });
    expect(await statusWith(key)).toBe(401);
    const { body } = await api.call('GET', '/v1/keys');
    expect(await revoke(id)).toMatchObject({ status: 204 });
    expect((await api.call('GET', '/v1/keys')).body).toEqual(body);
    expect(body['items']).toContainEqual(expect.objectContaining({ id, revokedAt: expect.stringMatching(/Z$/) }));
  });

  test("of another tenant's key looks like one of an unknown key", async () => {
    const { id, key } = await made();
    const [others, none] = [await revoke(id, stranger), await revoke(nobodys, stranger)];
    expect(others.status).toBe(404);
    expect(others.text).toBe(none.text);
    for (const bad of ['x', '%00', 'key_%00']) expect(await revoke(bad)).toMatchObject({ status: 404 });
    expect(await statusWith(key)).toBe(200);
  });

  test('may be of the caller’s own key', async () => {
    const { id, key } = await made(['operator']);
    expect(await revoke(id, key)).toMatchObject({ status: 204 });
    expect(await revoke(id, key)).toMatchObject({ status: 401 });
  });
});

test("the list contains only keys of the caller's tenant", async () => {
  const { id } = await made();
  const { text } = await api.call('GET', '/v1/keys', { key: stranger });
  expect(text).not.toContain(id);
});
