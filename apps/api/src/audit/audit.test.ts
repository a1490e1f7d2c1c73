import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scope, scopes } from '@keycourier/ledger/api-keys/api-keys';
import { sql, type RawBuilder } from 'kysely';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { advance, held } from '../testing/shipments.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const keyOf = (tenant: string, granted: readonly Scope[] = scopes) => api.keyFor(tenant, granted);
const auditOf = async (key: string, query = ''): Promise<unknown[]> => {
  const { body } = await api.call('GET', `/v1/audit${query}`, { key });
  return Array.isArray(body['items']) ? body['items'] : [];
};
const everything = async (): Promise<{ status: number; body: Record<string, unknown> }> =>
  api.call('GET', '/v1/audit/verification', { key: (await keyOf('globex')).key });

describe('what a key does', () => {
  test('to a shipment is an entry with its id, its scopes and the request’s id, and a repeat is none', async () => {
    const { id: keyId, key } = await keyOf('globex');
    const { body } = await api.call('POST', '/v1/shipments', { key, body: { login: 'audited@globex.example' } });
    const id = String(body['id']);
    await advance(api, id, held);
    const corrected = await api.call('POST', `/v1/shipments/${id}/corrections`, {
      key,
      body: { fields: { city: 'Bern' } },
    });
    const cancelled = await api.call('POST', `/v1/shipments/${id}/cancel`, { key });
    expect([corrected.status, cancelled.status]).toEqual([200, 200]);
    await api.call('POST', `/v1/shipments/${id}/cancel`, { key });
    await api.call('POST', `/v1/shipments/${id}/release-pin`, { key });
    const actor = { kind: 'api_key', id: keyId, role: scopes.join(' ') };
    const subject = { kind: 'shipment', id };
    expect(await auditOf(key, `?subject=${id}`)).toMatchObject([
      { action: 'shipment.pin_refused', actor, subject, detail: { refused: 'own_request' } },
      { action: 'shipment.cancel', actor, subject, requestId: cancelled.headers.get('request-id') },
      { action: 'shipment.correct', actor, subject, detail: { fields: 'city' } },
    ]);
  });

  test('to keys, flows and connections is among the entries, with no secret and no name', async () => {
    const { key } = await keyOf('acme');
    const post = async (path: string, body?: unknown): Promise<string> =>
      String((await api.call('POST', path, { key, ...(body === undefined ? {} : { body }) })).body['id']);
    const made = await post('/v1/keys', { name: 'Ada’s own', scopes: ['read'] });
    await post(`/v1/keys/${made}/rotate`);
    await api.call('DELETE', `/v1/keys/${made}`, { key });
    await api.call('PATCH', '/v1/flows/group-add', { key, body: { enabled: false } });
    const connection = await post('/v1/connections', { name: 'Ada’s Okta' });
    await api.call('PATCH', `/v1/connections/${connection}`, { key, body: { readAll: true } });
    const token = await post(`/v1/connections/${connection}/tokens`);
    await api.call('DELETE', `/v1/connections/${connection}/tokens/${token}`, { key });
    await api.call('DELETE', `/v1/connections/${connection}/tokens/${token}`, { key });
    await api.call('DELETE', `/v1/connections/${connection}`, { key });
    await api.call('POST', `/v1/connections/${connection}/hand-over`, { key, body: { to: 'manual' } });
    const { text } = await api.call('GET', '/v1/audit', { key });
    expect(text).not.toMatch(/Ada|kc_|kcs_/);
    expect((await auditOf(key)).toReversed()).toMatchObject([
      { action: 'key.created', subject: { kind: 'key', id: made }, detail: { scopes: 'read' } },
      { action: 'key.rotated', subject: { id: made } },
      { action: 'key.revoked', subject: { id: made }, detail: { keys: 1 } },
      { action: 'flow.switched', subject: { kind: 'flow', id: 'group-add' }, detail: { enabled: false } },
      { action: 'connection.created', subject: { kind: 'connection', id: connection } },
      { action: 'connection.changed', detail: { changed: 'readAll' } },
      { action: 'connection.token_created', detail: { token } },
      { action: 'connection.token_revoked', detail: { token } },
      { action: 'connection.revoked' },
      { action: 'connection.handed_over', detail: { to: 'manual', people: 0, groups: 0 } },
    ]);
  });

  test('to people and groups that are entered by hand is among them, and what is refused is not', async () => {
    const { key } = await keyOf('initech');
    const call = (method: string, path: string, body?: unknown) =>
      api.call(method, path, { key, ...(body === undefined ? {} : { body }) });
    const person = String((await call('POST', '/v1/people', { userName: 'ada@initech.example' })).body['id']);
    const taken = await call('POST', '/v1/people', { userName: 'ada@initech.example' });
    await call('PATCH', `/v1/people/${person}`, { displayName: 'Ada' });
    const group = String((await call('POST', '/v1/groups', { displayName: 'Night shift' })).body['id']);
    await call('PATCH', `/v1/groups/${group}`, { addMembers: [person] });
    await call('DELETE', `/v1/groups/${group}`);
    await call('DELETE', `/v1/people/${person}`);
    await call('DELETE', `/v1/people/${person}`);
    expect(taken.status).toBe(409);
    const actions = (await auditOf(key)).toReversed();
    expect(actions).toMatchObject([
      { action: 'person.added', subject: { kind: 'person', id: person } },
      { action: 'person.changed' },
      { action: 'group.added', subject: { kind: 'group', id: group } },
      { action: 'group.changed' },
      { action: 'group.removed' },
      { action: 'person.removed' },
    ]);
    expect(actions).toHaveLength(6);
  });

  test('is not done when its entry cannot be written', async () => {
    const { key } = await keyOf('umbrella');
    await sql`create function full_log() returns trigger language plpgsql as
      $$ begin raise exception 'no space'; end $$`.execute(api.ledger.db);
    await sql`create trigger full_log before insert on audit_entries for each row execute function full_log()`.execute(
      api.ledger.db,
    );
    const made = await api.call('POST', '/v1/keys', { key, body: { name: 'n', scopes: ['read'] } });
    const switched = await api.call('PATCH', '/v1/flows/group-add', { key, body: { enabled: false } });
    await sql`drop trigger full_log on audit_entries`.execute(api.ledger.db);
    expect([made.status, switched.status]).toEqual([500, 500]);
    const keys = (await api.call('GET', '/v1/keys', { key })).body['items'];
    expect(keys).toHaveLength(1);
    expect((await api.call('GET', '/v1/flows', { key })).text).not.toContain('"enabled":false');
    expect(await auditOf(key)).toEqual([]);
  });
});

describe('the audit log', () => {
  const switchFlows = async (key: string, count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      await api.call('PATCH', '/v1/flows/group-add', { key, body: { enabled: index % 2 === 0 } });
  };

  test('is read in pages from either end, counted, and filtered; another tenant sees none of it', async () => {
    const { id, key } = await keyOf('globex');
    await switchFlows(key, 3);
    const of = `actor=${id}&action=flow.switched,key.created`;
    const first = await api.call('GET', `/v1/audit?${of}&limit=2&count=true`, { key });
    expect(first.body).toMatchObject({ count: 3, atLeast: false });
    const rest = await api.call('GET', `/v1/audit?${of}&limit=2&before=${String(first.body['nextBefore'])}`, { key });
    expect(rest.body).toMatchObject({ items: [{ action: 'flow.switched' }], nextBefore: null });
    const oldest = await api.call('GET', `/v1/audit?${of}&after=0&limit=3`, { key });
    const end = await api.call('GET', `/v1/audit?${of}&after=${String(oldest.body['nextAfter'])}`, { key });
    expect(end.body).toEqual({ items: [], nextBefore: null, nextAfter: oldest.body['nextAfter'] });
    expect(await auditOf((await keyOf('umbrella')).key, `?${of}`)).toEqual([]);
  });

  test('says where each entry is in the log of the process, for a copy outside the database', async () => {
    const { key } = await keyOf('globex');
    await switchFlows(key, 1);
    const [newest] = await auditOf(key, '?limit=1');
    const line = api.logged.findLast((one) => one.includes('audit entry recorded')) ?? '{}';
    const { tenant, seq, hash } = JSON.parse(line);
    expect({ tenant, seq, hash }).toMatchObject({ tenant: 'globex' });
    expect(newest).toMatchObject({ seq, hash });
  });

  test('is verified from the beginning, and from a place that was kept', async () => {
    const { key } = await keyOf('globex');
    await switchFlows(key, 2);
    const whole = await everything();
    expect(whole.body).toMatchObject({ outcome: 'intact', isComplete: true, brokenAt: null, how: null });
    const [newest, before] = await auditOf(key, '?limit=2');
    const { seq, hash } = Object(before);
    const rest = await api.call('GET', `/v1/audit/verification?after=${seq}&hash=${hash}`, { key });
    expect(rest.body).toMatchObject({ outcome: 'intact', checked: 1, last: { seq: Object(newest).seq } });
    const other = await api.call('GET', `/v1/audit/verification?after=${seq}&hash=${'0'.repeat(64)}`, { key });
    expect(other.body).toMatchObject({ outcome: 'broken', brokenAt: seq, how: 'changed', last: null });
    expect(await api.call('GET', '/v1/audit/verification?after=3', { key })).toMatchObject({ status: 400 });
  });

  test('shows an entry that was changed in the database', async () => {
    const { key } = await keyOf('globex');
    await switchFlows(key, 1);
    const [newest] = await auditOf(key, '?limit=1');
    const { seq } = Object(newest);
    const change = (action: string) =>
      api.ledger.db.transaction().execute(async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx);
        await sql`update audit_entries set action = ${action} where tenant = 'globex' and seq = ${seq}`.execute(tx);
      });
    await change('key.created');
    expect((await everything()).body).toMatchObject({ outcome: 'broken', brokenAt: seq, how: 'changed' });
    await change('flow.switched');
    expect((await everything()).body).toMatchObject({ outcome: 'intact' });
  });

  test('shows who and why of an entry that were erased too early, and that there is no entry', async () => {
    const { key } = await keyOf('globex');
    await switchFlows(key, 1);
    const [newest] = await auditOf(key, '?limit=1');
    const tamper = (change: RawBuilder<unknown>) =>
      api.ledger.db.transaction().execute(async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx);
        const { seq } = Object(newest);
        const { rows } = await sql<{ sealed: string; actor_index: string }>`
          select sealed, actor_index from audit_entries where tenant = 'globex' and seq = ${seq}`.execute(tx);
        await sql`update audit_entries set ${change} where tenant = 'globex' and seq = ${seq}`.execute(tx);
        return rows[0];
      });
    const before = await tamper(sql`sealed = null, actor_index = null`);
    expect((await everything()).body).toMatchObject({ brokenAt: Object(newest).seq, how: 'changed' });
    await tamper(sql`sealed = ${before?.sealed}, actor_index = ${before?.actor_index}`);
    expect((await everything()).body).toMatchObject({ outcome: 'intact' });
    const { key: other } = await keyOf('umbrella');
    const empty = await api.call('GET', '/v1/audit/verification', { key: other });
    expect(empty.body).toMatchObject({ outcome: 'empty', checked: 0, last: null, isComplete: true });
  });

  test('cannot be read by a key that may do everything else, which cannot grant the scope either', async () => {
    const { key } = await keyOf('globex', ['read', 'write', 'addresses', 'operator']);
    for (const path of ['/v1/audit', '/v1/audit/verification'])
      expect(await api.call('GET', path, { key })).toMatchObject({ status: 403, body: { scope: 'audit' } });
    const made = await api.call('POST', '/v1/keys', { key, body: { name: 'auditor', scopes: ['audit'] } });
    expect(made).toMatchObject({ status: 403, body: { code: 'scopes_exceeded' } });
  });

  test.each(['before=x', 'after=-1', 'action=nothing', 'actor=', 'limit=0'])('refuses %s', async (query) => {
    expect(await api.call('GET', `/v1/audit?${query}`, { key: (await keyOf('globex')).key })).toMatchObject({
      status: 400,
    });
  });
});
