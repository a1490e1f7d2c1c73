import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { claimComparison, endComparison } from '@keycourier/ledger/hub/comparisons';
import { createHubLink } from '@keycourier/ledger/hub/links';
import { listComparisons } from '@keycourier/ledger/hub/list-comparisons';
import { claimHubTest, endHubTest } from '@keycourier/ledger/hub/tests';
import { sql } from 'kysely';

import { runApi, type Call, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const orgUrl = 'https://globex-hub.okta.com';
const create = (url = orgUrl): Promise<Call> => api.call('POST', '/v1/hub', { body: { orgUrl: url } });

describe('a hub that the API names', () => {
  test('has a key whose private half is in no answer, and needs its service app before it can be tested', async () => {
    expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { source: null, orgUrl: null, test: null } });
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({ status: 409, body: { code: 'no_hub' } });
    const made = await create();
    expect(made).toMatchObject({ status: 201, body: { source: 'api', orgUrl, auth: 'service_app', clientId: null } });
    expect(made.body['publicKey']).toMatchObject({ kty: 'EC', crv: 'P-256' });
    expect(made.body['publicKey']).not.toHaveProperty('d');
    expect(await create()).toMatchObject({ status: 409, body: { code: 'hub_exists' } });
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({ status: 409, body: { code: 'no_hub' } });
    const named = await api.call('PATCH', '/v1/hub', { body: { clientId: '0oaHub' } });
    expect(named).toMatchObject({ status: 200, body: { clientId: '0oaHub', publicKey: made.body['publicKey'] } });
  });

  test('shows the test that waits, what each check saw once it has ended, and none of another org', async () => {
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({
      status: 202,
      body: { test: { state: 'pending', endedAt: null, checks: [] } },
    });
    const claim = await claimHubTest(api.ledger, 60_000);
    if (claim === null) throw new RangeError('no test');
    const check = { name: 'users', passed: false, message: 'the list of users is empty', grant: 'a role' } as const;
    await endHubTest(api.ledger, claim, { orgUrl, checks: [check] });
    const { name, ...rest } = check;
    expect(await api.call('GET', '/v1/hub')).toMatchObject({
      body: { test: { state: 'failed', orgUrl, checks: [{ check: name, ...rest }] } },
    });
    await api.ledger.db.updateTable('hub_tests').set({ org_url: 'https://former.okta.com' }).execute();
    expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { orgUrl, test: null } });
    expect(await api.call('PATCH', '/v1/hub', { body: { clientId: '0oaHub' } })).toMatchObject({ status: 200 });
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({ body: { test: { state: 'pending' } } });
  });

  test('is the tenant’s alone, and each act on it is recorded', async () => {
    const { key } = await api.keyFor('acme');
    expect(await api.call('GET', '/v1/hub', { key })).toMatchObject({ body: { source: null, test: null } });
    expect(await api.call('DELETE', '/v1/hub', { key })).toMatchObject({ status: 404 });
    expect(await api.call('DELETE', '/v1/hub')).toMatchObject({ status: 204 });
    expect(await api.call('DELETE', '/v1/hub')).toMatchObject({ status: 404 });
    expect(await api.call('PATCH', '/v1/hub', { body: { clientId: '0oaHub' } })).toMatchObject({ status: 404 });
    expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { source: null, publicKey: null, test: null } });
    const { rows } = await auditedActions();
    expect(rows).toEqual(['hub.created', 'hub.changed', 'hub.tested', 'hub.changed', 'hub.tested', 'hub.removed']);
  });
});

async function auditedActions(): Promise<{ rows: string[] }> {
  const found = await api.ledger.db.selectFrom('audit_entries').select('action').orderBy('seq').execute();
  return { rows: found.map(({ action }) => action).filter((action) => action.startsWith('hub.')) };
}

test.each([
  ['another scheme', 'ftp://globex-hub.okta.com'],
  ['no encryption', 'http://globex-hub.okta.com'],
  ['this machine', 'http://127.0.0.1:8080'],
  ['another host', 'https://hub.example'],
  ['a host that ends alike', 'https://evilokta.com'],
  ['a host behind Okta’s', 'https://hub.okta.com.evil.example'],
  ['another port', 'https://hub.okta.com:8443'],
  ['a user', 'https://hub.okta.com@evil.example'],
  ['a path', 'https://hub.okta.com/api/v1'],
  ['a query', 'https://hub.okta.com/?next=x'],
  ['the admin console', 'https://globex-admin.okta.com'],
  ['the tenant’s own org', 'https://ACME.okta.com'],
])('%s is refused as a hub', async (_title, url) => {
  const refused = await create(url);
  expect(refused).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { source: null } });
});

test('a hub of the config file is expected and tested, is changed there alone, and keeps its people when another ends', async () => {
  const { key } = await api.keyFor('initech');
  const expected = { source: 'config', orgUrl: 'https://initech-hub.okta.com', clientId: '0oaConfig', publicKey: null };
  expect(await api.call('GET', '/v1/hub', { key })).toMatchObject({ status: 200, body: expected });
  const inConfig = { status: 409, body: { code: 'hub_in_config' } };
  expect(await api.call('POST', '/v1/hub', { key, body: { orgUrl } })).toMatchObject(inConfig);
  expect(await api.call('PATCH', '/v1/hub', { key, body: { clientId: '0oaX' } })).toMatchObject(inConfig);
  expect(await api.call('POST', '/v1/hub/test', { key })).toMatchObject({ status: 202, body: expected });
  expect(await api.call('POST', '/v1/hub/assignments', { key, body: { userIds: ['00u1'] } })).toMatchObject({
    status: 202,
  });
  await createHubLink(api.ledger, { tenant: 'initech', orgUrl, createdBy: 'key_1' });
  expect(await api.call('DELETE', '/v1/hub', { key })).toMatchObject({ status: 204 });
  expect(await api.call('GET', '/v1/hub/people', { key })).toMatchObject({ body: { items: [{ userId: '00u1' }] } });
});

describe('people of a hub', () => {
  test('need a hub, and nothing is pushed before it is switched on', async () => {
    // As many as one request may have.
    const body = { userIds: Array.from({ length: 1_000 }, (_, index) => `00u${index}`) };
    expect(await api.call('POST', '/v1/hub/assignments', { body })).toMatchObject({ body: { code: 'no_hub' } });
    await create();
    expect(await api.call('GET', '/v1/hub/settings')).toMatchObject({
      body: { revision: '0', create: false, compareEveryMs: 86_400_000 },
    });
    const change = { create: true, initialStatus: { link: 'pending_with_pass' }, revision: '0' };
    expect(await api.call('PATCH', '/v1/hub/settings', { body: change })).toMatchObject({
      status: 200,
      body: { create: true, update: false, initialStatus: { link: 'pending_with_pass' }, revision: '1' },
    });
    expect(await api.call('PATCH', '/v1/hub/settings', { body: change })).toMatchObject({
      status: 409,
      body: { code: 'revision_outdated' },
    });
  });

  test.each([
    [{ initialStatus: { create: 'active' } }],
    [
      {
        mapping: [
          { path: 'userName', target: 'login' },
          { path: 'name', target: 'firstName' },
        ],
      },
    ],
    [
      {
        mapping: [
          { path: 'userName', target: 'login' },
          { path: 'name.givenName', target: 'first name' },
        ],
      },
    ],
    [{ mapping: [{ path: 'name.givenName', target: 'firstName' }] }],
  ])('settings that could not be pushed are refused: %j', async (body) => {
    expect(await api.call('PATCH', '/v1/hub/settings', { body })).toMatchObject({ status: 400 });
  });

  test('who is assigned is due, and who is not any more, too', async () => {
    const securityQuestion = { question: 'Which pet?', answer: 'Ziggy' };
    const assign = (body: object) => api.call('POST', '/v1/hub/assignments', { body });
    expect(await assign({ userIds: ['00u1', '00u2'], securityQuestion })).toMatchObject({ status: 400 });
    expect(await assign({ userIds: ['ada@globex.example'] })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('must be an Okta user id') },
    });
    expect(await assign({ userIds: ['00u1'], securityQuestion, initialStatus: 'active_with_pass' })).toMatchObject({
      status: 202,
    });
    expect(await assign({ userIds: ['00u2'] })).toMatchObject({ status: 202 });
    const page = await api.call('GET', '/v1/hub/assignments');
    expect(page.body['items']).toMatchObject([
      { userId: '00u1', initialStatus: 'active_with_pass', hasSecurityQuestion: true },
      { userId: '00u2', initialStatus: null, hasSecurityQuestion: false },
    ]);
    expect(JSON.stringify(page.body)).not.toContain('Ziggy');
    expect(await api.call('DELETE', '/v1/hub/assignments/00u2')).toMatchObject({ status: 204 });
    expect(await api.call('DELETE', '/v1/hub/assignments/00u2')).toMatchObject({ status: 404 });
    const away = { service: 'okta', probe_at: new Date(), since: new Date('2026-11-30T09:00:00Z') };
    await api.ledger.db
      .insertInto('outages')
      .values([
        { ...away, tenant: 'hub:globex', probe_every_ms: 60_000 },
        { ...away, tenant: 'globex', probe_every_ms: 5_000, since: new Date('2026-01-01T00:00:00Z') },
      ])
      .execute();
    expect(await api.call('GET', '/v1/hub/people/counts')).toMatchObject({
      body: {
        states: { new: 2 },
        due: 2,
        dueSince: expect.any(String),
        waiting: { reason: 'credentials_refused', since: '2026-11-30T09:00:00.000Z' },
      },
    });
    expect(await api.call('GET', '/v1/hub/people?drift=true')).toMatchObject({ body: { items: [] } });
    await api.ledger.db
      .updateTable('mirrors')
      .set({ drift: ['email'] })
      .where('okta_user_id', '=', '00u1')
      .execute();
    expect(await api.call('GET', '/v1/hub/people?drift=true')).toMatchObject({
      body: { items: [{ userId: '00u1', drift: ['email'] }] },
    });
    const first = await api.call('GET', '/v1/hub/people?limit=1');
    expect(first.body['items']).toMatchObject([{ userId: '00u1', state: 'new', isDue: true, problem: null }]);
    const next = await api.call('GET', `/v1/hub/people?limit=1&cursor=${String(first.body['nextCursor'])}`);
    expect(next).toMatchObject({ body: { items: [{ userId: '00u2' }], nextCursor: null } });
    expect(await api.call('POST', '/v1/hub/push', { body: { userIds: ['00u1'] } })).toMatchObject({ status: 202 });
    const { key } = await api.keyFor('acme');
    expect(await api.call('GET', '/v1/hub/people', { key })).toMatchObject({ body: { items: [] } });
    expect((await auditedActions()).rows.slice(-4)).toEqual([
      'hub.assigned',
      'hub.assigned',
      'hub.unassigned',
      'hub.people_pushed',
    ]);
  });

  test('are compared on demand, once at a time, and another tenant sees neither the run nor its report', async () => {
    const started = await api.call('POST', '/v1/hub/comparisons', { body: { dryRun: true } });
    expect(started).toMatchObject({
      status: 202,
      body: { kind: 'people', state: 'pending', dryRun: true, counts: {} },
    });
    const id = String(started.body['id']);
    const again = await api.call('POST', '/v1/hub/comparisons', { body: { dryRun: true } });
    expect(again).toMatchObject({ status: 202, body: { id } });
    expect(await api.call('POST', '/v1/hub/comparisons', { body: {} })).toMatchObject({
      body: { code: 'another_runs' },
    });
    const claim = await claimComparison(api.ledger, 'compare-page', { id, dispatchId: null, leaseMs: 60_000 });
    if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
    const rows = ['00u1', '00u2'].map((userId) => ({ comparison_id: id, okta_user_id: userId, outcome: 'update' }));
    await endComparison(api.ledger, claim.attempt, {
      state: 'ended',
      write: async (tx) => {
        await tx.insertInto('compared_people').values(rows).execute();
        return { compared: 9, update: 2 };
      },
    });
    const one = await api.call('GET', `/v1/hub/comparisons/${id}?outcome=update&limit=1`);
    expect(one.body).toMatchObject({
      state: 'ended',
      counts: { compared: 9 },
      people: [{ userId: '00u1', isDue: false }],
    });
    const next = await api.call('GET', `/v1/hub/comparisons/${id}?after=00u1`);
    expect(next.body['people']).toMatchObject([{ userId: '00u2', outcome: 'update' }]);
    expect(await api.call('GET', '/v1/hub/comparisons')).toMatchObject({ body: { items: [{ id }], nextCursor: null } });
    const { key } = await api.keyFor('acme');
    expect(await api.call('GET', '/v1/hub/comparisons', { key })).toMatchObject({ body: { items: [] } });
    expect(await api.call('GET', `/v1/hub/comparisons/${id}`, { key })).toMatchObject({ status: 404 });
    expect((await auditedActions()).rows.filter((action) => action === 'hub.compared')).toHaveLength(1);
  });

  test('are assigned by group, too: the members are found by a comparison, which follows one that goes on', async () => {
    const assign = await api.call('POST', '/v1/hub/assignments/groups', {
      body: { groupIds: ['00g2', '00g1', '00g1'] },
    });
    expect(assign).toMatchObject({ status: 202 });
    const groups = await api.call('GET', '/v1/hub/assignments/groups?limit=1');
    expect(groups.body['items']).toMatchObject([{ groupId: '00g1' }]);
    const next = await api.call('GET', '/v1/hub/assignments/groups?after=00g1');
    expect(next.body['items']).toMatchObject([{ groupId: '00g2' }]);
    const [run] = await listComparisons(api.ledger, { tenant: 'globex', before: null, limit: 1 });
    expect(run).toMatchObject({ state: 'pending', isDryRun: false });
    expect(await api.call('DELETE', '/v1/hub/assignments/groups/00g1')).toMatchObject({ status: 204 });
    expect(await api.call('DELETE', '/v1/hub/assignments/groups/00g1')).toMatchObject({ status: 404 });
    const settings = api.ledger.db.selectFrom('hub_settings').where('tenant', '=', 'globex');
    const { due } = await settings.select(sql<boolean>`compare_due_at <= now()`.as('due')).executeTakeFirstOrThrow();
    expect(due).toBe(true);
    const { key } = await api.keyFor('acme');
    expect(await api.call('GET', '/v1/hub/assignments/groups', { key })).toMatchObject({ body: { items: [] } });
  });
});
