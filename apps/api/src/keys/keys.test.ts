import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApiKey, type Scope } from '@keycourier/ledger/api-keys/api-keys';
import { sql } from 'kysely';
import { z } from 'zod';

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
      createdBy: expect.stringMatching(/^key_/),
      owner: expect.stringMatching(/@globex\.example$/),
      expiresAt: null,
      lastUsedAt: null,
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
    expect(listed.body['items']).toContainEqual({ ...withoutSecret, lastUsedAt: expect.stringMatching(/Z$/) });
    expect(listed.text).not.toContain(key.slice(3));
    expect(listed.text).not.toMatch(/hash"/i);
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

describe('the owner of a key', () => {
  const nameOwner = (id: string, owner: unknown, key?: string) =>
    api.call('PATCH', `/v1/keys/${id}`, { body: { owner }, ...(key === undefined ? {} : { key }) });

  test('is named when it is made, or taken over from the key that makes it', async () => {
    const named = await make({ name: 'portal', scopes: ['operator'], owner: 'grace@globex.example' });
    expect(named.body).toMatchObject({ owner: 'grace@globex.example' });
    const child = await make({ name: 'child', scopes: ['operator'] }, String(named.body['key']));
    expect(child).toMatchObject({ status: 201, body: { owner: 'grace@globex.example' } });
  });

  test('of a key from before owners were named is named once, with an audit entry, and new keys of such a one name theirs', async () => {
    const old = await createApiKey(api.ledger, { tenant: 'globex', name: 'old', scopes: ['operator', 'audit'] });
    const unowned = { status: 400, body: { code: 'owner_needed', detail: expect.stringMatching(/login at Okta/) } };
    expect(await make({ name: 'child', scopes: ['operator'] }, old.key)).toMatchObject(unowned);
    expect(await make({ name: 'child', scopes: ['operator'], owner: 'ada' }, old.key)).toMatchObject({ status: 201 });
    expect(await nameOwner(old.id, 'ada@globex.example', stranger)).toMatchObject({ status: 404 });
    expect(await nameOwner(old.id, '  ')).toMatchObject({ status: 400, body: { problems: [{ field: 'owner' }] } });
    expect(await nameOwner(old.id, 'ada@globex.example')).toMatchObject({
      status: 200,
      body: { id: old.id, owner: 'ada@globex.example' },
    });
    expect(await nameOwner(old.id, 'eve@globex.example')).toMatchObject({ status: 409, body: { code: 'owner_known' } });
    expect(await make({ name: 'child', scopes: ['operator'] }, old.key)).toMatchObject({ status: 201 });
    const { body } = await api.call('GET', `/v1/audit?subject=${old.id}`);
    expect(body['items']).toMatchObject([{ action: 'key.owner_named' }]);
  });
});

describe('the life of a key', () => {
  const listedKey = async (id: string) => {
    const { body } = await api.call('GET', '/v1/keys');
    return z
      .array(z.looseObject({ id: z.string() }))
      .parse(body['items'])
      .find((one) => one.id === id);
  };

  test('ends when it expires, with that of its former secret', async () => {
    const { body } = await make({ name: 'intern', scopes: ['read'], expiresInDays: 30 });
    const [id, former] = [String(body['id']), String(body['key'])];
    const daysLeft = (Date.parse(String(body['expiresAt'])) - Date.now()) / 86_400_000;
    expect(daysLeft).toBeGreaterThan(29.9);
    expect(daysLeft).toBeLessThanOrEqual(30);
    const rotated = await api.call('POST', `/v1/keys/${id}/rotate`);
    const key = String(rotated.body['key']);
    expect(await Promise.all([statusWith(key), statusWith(former)])).toEqual([200, 200]);
    await sql`update api_keys set expires_at = now() where id = ${id}`.execute(api.ledger.db);
    expect(await Promise.all([statusWith(key), statusWith(former)])).toEqual([401, 401]);
  });

  test('shows who made it and when it was used last, to the minute', async () => {
    const maker = await api.keyFor('globex', ['operator', 'read']);
    const { body } = await make({ name: 'child', scopes: ['read'] }, maker.key);
    const id = String(body['id']);
    expect(await listedKey(id)).toMatchObject({ createdBy: maker.id, lastUsedAt: null });
    expect(await listedKey(maker.id)).toMatchObject({ createdBy: null });
    await statusWith(String(body['key']));
    const used = Date.parse(String((await listedKey(id))?.['lastUsedAt']));
    expect(Math.abs(Date.now() - used)).toBeLessThan(60_000);
    await statusWith(String(body['key']));
    expect(Date.parse(String((await listedKey(id))?.['lastUsedAt']))).toBe(used);
    await sql`update api_keys set last_used_at = now() - interval '61 seconds' where id = ${id}`.execute(api.ledger.db);
    await statusWith(String(body['key']));
    expect(Date.parse(String((await listedKey(id))?.['lastUsedAt']))).toBeGreaterThan(used - 1);
  });

  test('neither outlasts nor outruns the key that made it', async () => {
    const { body } = await make({ name: 'limited', scopes: ['operator'], expiresInDays: 10, requestsPerMinute: 60 });
    const limited = String(body['key']);
    expect(await make({ name: 'more', scopes: ['operator'], expiresInDays: 11 }, limited)).toMatchObject({
      status: 403,
      body: { code: 'limits_exceeded', detail: expect.stringMatching(/expires at/) },
    });
    expect(await make({ name: 'more', scopes: ['operator'], requestsPerMinute: 61 }, limited)).toMatchObject({
      status: 403,
      body: { code: 'limits_exceeded', detail: expect.stringMatching(/60 requests a minute/) },
    });
    expect(await make({ name: 'same', scopes: ['operator'] }, limited)).toMatchObject({
      status: 201,
      body: { expiresAt: body['expiresAt'], requestsPerMinute: 60 },
    });
    const less = { name: 'less', scopes: ['operator'], expiresInDays: 9, requestsPerMinute: 6 };
    expect(await make(less, limited)).toMatchObject({ status: 201, body: { requestsPerMinute: 6 } });
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
    // The list has when it was used last, which is noted once a minute: a fresh one is not noted again in between.
    const { key: by } = await api.keyFor('globex');
    expect(await statusWith(key)).toBe(200);
    expect(await revoke(id, by)).toMatchObject({ status: 204, text: '' });
    expect(await statusWith(key)).toBe(401);
    const { body } = await api.call('GET', '/v1/keys', { key: by });
    expect(await revoke(id, by)).toMatchObject({ status: 204 });
    expect((await api.call('GET', '/v1/keys', { key: by })).body).toEqual(body);
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

  test('takes along what the key made, what that made, and no other key', async () => {
    const thief = await made(['read', 'operator']);
    const [other, child] = [await made(), (await make({ name: 'c', scopes: ['read', 'operator'] }, thief.key)).body];
    const grandchild = (await make({ name: 'g', scopes: ['read'] }, String(child['key']))).body;
    const keys = [thief.key, String(child['key']), String(grandchild['key'])];
    expect(await Promise.all(keys.map(statusWith))).toEqual([200, 200, 200]);
    const { status, body } = await api.call('DELETE', `/v1/keys/${thief.id}?withItsKeys=true`);
    expect(status).toBe(200);
    expect(new Set(z.array(z.string()).parse(body['revoked']))).toEqual(
      new Set([thief.id, String(child['id']), String(grandchild['id'])]),
    );
    expect(await Promise.all(keys.map(statusWith))).toEqual([401, 401, 401]);
    expect(await statusWith(other.key)).toBe(200);
  });

  test('of one key alone leaves those that it made', async () => {
    const maker = await made(['read', 'operator']);
    const { body } = await make({ name: 'child', scopes: ['read'] }, maker.key);
    await revoke(maker.id);
    expect(await statusWith(String(body['key']))).toBe(200);
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
