import { writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createUser, startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import { z } from 'zod';

import { checksThatAre, findings } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import { run, type Ran } from '../testing/run.ts';

const under = doctorForEachTest({ hasHook: false });

let hub: RunningOrg;
let weakToken: string;
beforeAll(async () => {
  hub = await startOrg({ issuerHost: 'hub.okta.example' });
  const id = await createUser(hub);
  await hub.call('PUT', `/sim/users/${id}/roles`, { roles: [{ type: 'REPORT_ADMIN' }] });
  const { body } = await hub.call('POST', `/sim/users/${id}/tokens`);
  weakToken = z.object({ token: z.string() }).parse(body).token;
});
afterAll(() => hub.close());

async function useHub(secret: string): Promise<void> {
  const path = under.setup.at('keys/hub-token');
  await writeFile(path, secret, { mode: 0o600 });
  await under.changeTenant(() =>
    Object.assign(under.setup.tenant, { hub: { orgUrl: hub.url, auth: { token: { file: path } } } }),
  );
}

const isOfRegistration = ({ check }: { check: string }): boolean => check === 'okta.hub-registration';

const hubCommand = (...more: string[]): Promise<Ran> => run(['hub', ...more], { environment: under.setup.environment });

describe('hub', () => {
  const named = {
    tenant: 'acme',
    source: 'api',
    orgUrl: 'https://acme-hub.okta.com',
    auth: 'service_app',
    clientId: null,
    publicKey: { kid: 'kc-1', x: 'abc' },
    test: null,
  };
  const check = { check: 'users', passed: false, message: 'the list of users is empty', grant: 'a role for users' };
  const tested = (endedAt: string | null, checks: object[] = []) => ({
    ...named,
    clientId: '0oaHub',
    test: { state: endedAt === null ? 'pending' : 'failed', requestedAt: '2029-01-01T00:00:00Z', endedAt, checks },
  });

  test('shows that there is none, and prints the public key of a new one', async () => {
    const { api } = under.world;
    const none = { ...named, source: null, orgUrl: null, auth: null, publicKey: null };
    api.on('GET /v1/hub', { body: none });
    expect((await hubCommand('show')).out).toMatch(/has no hub/);
    api.on('POST /v1/hub', { status: 201, body: named });
    const { code, out } = await hubCommand('create', named.orgUrl);
    expect(code).toBe(0);
    expect(out).toMatch(/no service app yet[^]*^\{"kid":"kc-1","x":"abc"\}$/m);
    expect(api.requests.findLast(({ method }) => method === 'POST')?.json()).toEqual({ orgUrl: named.orgUrl });
  });

  test('prints the mapping in the form that it takes, replaces it and resets it', async () => {
    const { api } = under.world;
    const rows = [
      { path: 'userName', target: 'login' },
      { path: 'title', target: null },
    ];
    const status = { create: 'active_with_pass', link: 'active_with_pass', reactivation: 'active_with_pass' };
    const parts = { create: true, update: true, deactivate: false, reactivate: false, sendEmail: true };
    const settings = { ...parts, initialStatus: status, mapping: rows, compareEveryMs: null };
    api.on('GET /v1/hub/settings', { body: settings });
    api.on('PATCH /v1/hub/settings', { body: { ...settings, mapping: [] } });
    expect((await hubCommand('mapping')).out).toMatch(/userName +login/);
    const file = under.setup.at('mapping.json');
    await writeFile(file, (await hubCommand('mapping', '--json')).out);
    expect((await hubCommand('mapping', '--set', file)).code).toBe(0);
    expect(api.requests.at(-1)?.json()).toEqual({ mapping: rows });
    expect((await hubCommand('mapping', '--reset')).out).toMatch(/every attribute keeps its name/);
    expect(api.requests.at(-1)?.json()).toEqual({ mapping: [] });
    expect((await hubCommand('mapping', '--set', file, '--reset')).code).toBe(2);
    expect((await hubCommand('mapping', '--set', under.setup.at('none.json'))).code).toBe(2);
  });

  test('switches parts of the link, assigns and pushes users, and lists them with what the hub refused', async () => {
    const { api } = under.world;
    const status = { create: 'active_with_pass', link: 'active_with_pass', reactivation: 'active_with_pass' };
    const parts = { create: true, update: true, deactivate: false, reactivate: false };
    const on = { ...parts, sendEmail: true, initialStatus: status, mapping: [], compareEveryMs: 7_200_000 };
    api.on('PATCH /v1/hub/settings', { body: on });
    api.on('GET /v1/hub/settings', { body: { ...on, create: false } });
    expect((await hubCommand('set')).out).toMatch(/create +off[^]*compares +every 2 hours/);
    expect((await hubCommand('set', '--compare-every', 'off')).code).toBe(0);
    expect(api.requests.at(-1)?.json()).toEqual({ compareEveryMs: null });
    expect((await hubCommand('set', '--create', 'on', '--deactivate', 'off')).out).toMatch(
      /create +on[^]*deactivate +off/,
    );
    const last = () => api.requests.at(-1);
    expect(last()?.json()).toEqual({ create: true, deactivate: false });
    expect((await hubCommand('set', '--create', 'maybe')).code).toBe(2);
    expect((await hubCommand('set', '--link-status', 'pending_with_pass', '--send-email', 'off')).code).toBe(0);
    expect(last()?.json()).toEqual({ initialStatus: { link: 'pending_with_pass' }, sendEmail: false });
    expect((await hubCommand('set', '--link-status', 'active')).code).toBe(2);
    for (const path of ['POST /v1/hub/assignments', 'POST /v1/hub/push']) api.on(path, { status: 202 });
    expect((await hubCommand('assign', '00u1', '00u2', '--status', 'pending_with_pass')).code).toBe(0);
    expect(last()?.json()).toEqual({ userIds: ['00u1', '00u2'], initialStatus: 'pending_with_pass' });
    expect((await hubCommand('assign', '00u1', '--status', 'active')).code).toBe(2);
    expect((await hubCommand('push', '00u1')).code).toBe(0);
    expect(last()?.json()).toEqual({ userIds: ['00u1'] });
    api.on('DELETE /v1/hub/assignments/00u1', { status: 204 });
    expect((await hubCommand('unassign', '00u1')).code).toBe(0);
    const person = {
      userId: '00u1',
      hubUserId: null,
      state: 'new',
      isDue: false,
      problem: 'profile_refused',
      fields: ['email'],
    };
    api.on('GET /v1/hub/people', { body: { items: [person], nextCursor: null } });
    api.on('GET /v1/hub/people/counts', {
      body: {
        states: { new: 1, linked: 4, left: 2 },
        due: 1,
        waiting: { reason: 'credentials_refused', since: '2029-11-30T10:00:00.000Z' },
        problems: [{ problem: 'profile_refused', people: 1 }],
      },
    });
    expect((await hubCommand('people', '--problems')).out).toMatch(
      /00u1 {2}- {2}new {2}profile_refused email[^]*4 in the hub, 1 not yet, 2 deactivated, 1 due, 0 differ, profile_refused 1\n.*refuses the credentials: run keycourier hub test, since 2029-11-30T10/,
    );
    api.on('GET /v1/hub/people', {
      body: { items: [{ ...person, problem: null, drift: ['email'] }], nextCursor: null },
    });
    expect((await hubCommand('people', '--drift')).out).toMatch(/00u1 {2}- {2}new {2}differs in email/);
    api.on('GET /v1/hub/assignments', { body: { items: [{ userId: '00u1', initialStatus: null }] } });
    api.on('GET /v1/hub/assignments/groups', { body: { items: [{ groupId: '00g1' }] } });
    expect((await hubCommand('assignments')).out).toMatch(/00g1 +members of this group\n00u1 +as the link says/);
    api.on('POST /v1/hub/assignments/groups', { status: 202 });
    expect((await hubCommand('assign', '--groups', '00g1')).code).toBe(0);
    expect(last()?.json()).toEqual({ groupIds: ['00g1'] });
    api.on('DELETE /v1/hub/assignments/groups/00g1', { status: 204 });
    expect((await hubCommand('unassign', '--group', '00g1')).code).toBe(0);
  });

  test('compares everyone, waits for the report, and lists what was compared', async () => {
    const { api } = under.world;
    const run = { id: 'cmp_1', dryRun: true, pages: 2, requestedAt: '2029-01-01T00:00:00Z', problem: null };
    const started = { ...run, state: 'pending', counts: {}, endedAt: null };
    const ended = { ...run, state: 'ended', counts: { compared: 9, due: 0 }, endedAt: '2029-01-01T00:01:00Z' };
    const people = [{ userId: '00u1', hubUserId: null, outcome: 'create', isDue: false, isOff: true }];
    api.on('POST /v1/hub/comparisons', { status: 202, body: started });
    api.on('GET /v1/hub/comparisons/cmp_1', { body: { ...started, people: [] } }, { body: { ...ended, people } });
    const { code, out } = await hubCommand('compare', '--dry-run', '--wait');
    expect([code, api.requests.findLast(({ method }) => method === 'POST')?.json()]).toEqual([0, { dryRun: true }]);
    expect(out).toMatch(/00u1 {2}- {2}create \(switched off\)\nended: 9 people, 1 differ, 0 made due/);
    api.on('GET /v1/hub/comparisons', { body: { items: [ended], nextCursor: null } });
    expect((await hubCommand('comparisons')).out).toMatch(/cmp_1[^]* 9 [^]*ended \(dry run\)/);
    api.on('GET /v1/hub/comparisons/cmp_1', { body: { ...ended, state: 'failed', problem: 'empty_list', people: [] } });
    expect(await hubCommand('comparisons', 'cmp_1')).toMatchObject({ code: 1 });
  });

  test('names the service app, and removes the hub once that is confirmed', async () => {
    const { api } = under.world;
    api.on('PATCH /v1/hub', { body: tested(null) });
    expect((await hubCommand('app', '0oaHub')).out).toMatch(/service app 0oaHub/);
    expect(api.requests.findLast(({ method }) => method === 'PATCH')?.json()).toEqual({ clientId: '0oaHub' });
    api.on('DELETE /v1/hub', { status: 204 });
    expect((await hubCommand('remove')).out).toMatch(/^Hub removed/);
    const problem = (code: string) => ({ title: 'Of the API', detail: 'GET /v1/hub', code });
    api.on('DELETE /v1/hub', { status: 404, body: problem('not_found') });
    expect((await hubCommand('remove')).err).toMatch(/no hub that keycourier hub create named/);
    api.on('DELETE /v1/hub/assignments/00u9', { status: 404, body: problem('not_found') });
    expect((await hubCommand('unassign', '00u9')).err).toMatch(/not assigned by themselves/);
    api.on('POST /v1/hub/push', { status: 409, body: problem('no_hub') });
    expect((await hubCommand('push', '00u9')).err).toMatch(/hub create <url> names the hub/);
  });

  test('waits for the test that a worker runs, and ends with 1 where a check failed', async () => {
    const { api } = under.world;
    api.on('POST /v1/hub/test', { status: 202, body: tested(null) });
    api.on('GET /v1/hub', { body: tested(null) }, { body: tested('2029-01-01T00:00:02Z', [check]) });
    const { code, out } = await hubCommand('test');
    expect(code).toBe(1);
    expect(out).toMatch(/✗ users +the list of users is empty[^]*→ a role for users/);
  });
});

describe('hub test --here', () => {
  test('shows what each check saw', async () => {
    await useHub(token);
    const { code, out } = await hubCommand('test', '--here');
    expect(out).toMatch(/✓ credentials +the API token of administrator@hub\.okta\.example/);
    expect(out).toMatch(/✓ may_create +may create users \(SUPER_ADMIN\)/);
    expect(out).not.toContain('✗');
    expect(out).not.toContain(token);
    expect(code).toBe(0);
  });

  test('ends with 1 for a token that Okta accepts and that may do nothing, and says what to grant', async () => {
    await useHub(weakToken);
    const { code, out } = await hubCommand('test', '--here');
    expect(code).toBe(1);
    expect(out).toMatch(/✓ credentials/);
    expect(out).toMatch(/✗ users +the list of users is empty[^]*→ give the caller a role that may view all users/);
    expect(out).toMatch(/✗ may_create/);
    const answer = (await hubCommand('test', '--here', '--json')).json();
    expect(answer).toMatchObject({ tenant: 'acme', hub: hub.url, passed: false });
  });

  test('of a tenant without a hub, or with a secret that cannot be read, is a usage error', async () => {
    expect((await hubCommand('test', '--here')).code).toBe(2);
    await under.changeTenant(() =>
      Object.assign(under.setup.tenant, { hub: { orgUrl: hub.url, auth: { token: { env: 'NO_SUCH_TOKEN' } } } }),
    );
    const { code, err } = await hubCommand('test', '--here');
    expect(code).toBe(2);
    expect(err).toContain('NO_SUCH_TOKEN');
  });
});

describe('the doctor', () => {
  test('is green without a hub and for credentials that are sufficient, and red for others', async () => {
    expect(checksThatAre('green', await under.doctor())['okta.hub']).toMatch(/there is no hub/);
    await useHub(token);
    expect(checksThatAre('green', await under.doctor())['okta.hub']).toMatch(/all 9 checks/);
    await under.world.org.call('PUT', '/sim/faults', [
      { match: { path: '/api/v1/policies' }, respond: { status: 403 } },
    ]);
    expect(checksThatAre('yellow', await under.doctor())['okta.hub']).toMatch(/password policy of your own org/);
    await under.world.org.call('PUT', '/sim/faults', []);
    await useHub(weakToken);
    expect(checksThatAre('red', await under.doctor())['okta.hub']).toMatch(/^users: .* and 6 more/);
  });

  test('finds that the hub lacks the attribute of hubRegistration, which okta setup --hub makes there alone', async () => {
    const ask = async () => findings.parse((await under.doctor()).json()).checks.find(isOfRegistration);
    await useHub(token);
    expect(await ask()).toMatchObject({ status: 'green' });
    await under.changeTenant(() =>
      Object.assign(under.setup.tenant, { keysIn: 'hub', hubRegistration: { attribute: {} } }),
    );
    const fix = expect.stringMatching(/^run keycourier okta setup --hub --registration-attribute/);
    expect(await ask()).toMatchObject({ status: 'red', message: 'the org has no attribute keycourierRegistered', fix });
    const made = await run(['okta', 'setup', '--hub', '--registration-attribute'], under.setup);
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('hubRegistration:\n  attribute: {') });
    expect(await ask()).toMatchObject({ status: 'green' });
    const { body } = await under.world.org.call('GET', '/api/v1/meta/schemas/user/default');
    expect(JSON.stringify(body)).not.toContain('keycourierRegistered');
    await under.changeTenant(() => Object.assign(under.setup.tenant, { keysIn: 'spoke' }));
    expect(await ask()).toMatchObject({ status: 'yellow' });
  });
});
