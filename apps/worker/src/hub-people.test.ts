import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { initialStatuses, type InitialStatus } from '@keycourier/journey/hub/person-changes';
import type { Context } from '@keycourier/journey/ports/context';
import { readAssignment, unassignFromHub } from '@keycourier/ledger/hub/assignments';
import { readLinkWait } from '@keycourier/ledger/hub/hub-health';
import { listMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { changeHubSettings } from '@keycourier/ledger/hub/settings';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { change, look, open } from '@keycourier/ledger/testing/sample-shipments';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { createIn, endLeases, startHubWorld, type HubWorld } from './testing/hub-world.ts';

let world: HubWorld;
beforeAll(async () => {
  world = await startHubWorld();
});
beforeEach(() => {
  world.writes.length = 0;
});
afterAll(async () => {
  await world.close();
  await closeTestLedgers();
});

let count = 0;
const freshLogin = (): string => `person${(count += 1)}@acme.example`;

async function pushed(login: string, status: InitialStatus | null = null): Promise<string> {
  const userId = await world.person(login);
  await world.assign(userId, { initialStatus: status });
  await world.require([userId]);
  await world.work();
  return userId;
}

const push = async (userId: string, isForced = false): Promise<void> => {
  await world.require([userId], { isForced });
  await world.work();
};

describe('the four initial statuses', () => {
  const expected: Record<InitialStatus, { created: string; hasPassword: boolean }> = {
    active_with_pass: { created: 'ACTIVE', hasPassword: true },
    active_without_pass: { created: 'PROVISIONED', hasPassword: false },
    pending_with_pass: { created: 'STAGED', hasPassword: true },
    pending_without_pass: { created: 'STAGED', hasPassword: false },
  };

  const seen = async (login: string) => {
    const user = await world.inHub(login);
    return { created: user?.status, hasPassword: user?.credentials.password !== undefined };
  };

  test.each(initialStatuses)('%s, of one who is created', async (status) => {
    const login = freshLogin();
    const userId = await pushed(login, status);
    expect(await seen(login)).toEqual(expected[status]);
    expect(await world.mirror(userId)).toMatchObject({ state: 'linked', problem: null, isDue: false });
    world.writes.length = 0;
    await push(userId);
    expect(world.writes).toEqual([]);
  });

  test.each(initialStatuses)('%s, of one who is linked, and was staged in the hub', async (status) => {
    const login = freshLogin();
    await createIn(world.hub, { login, title: 'of the hub' }, '?activate=false');
    const userId = await pushed(login, status);
    const linked = status.startsWith('pending') ? { created: 'STAGED', hasPassword: false } : expected[status];
    expect(await seen(login)).toEqual(linked);
    expect(await world.mirror(userId)).toMatchObject({ state: 'linked', problem: null });
    expect((await world.hubUsers()).filter(({ profile }) => profile.login === login)).toHaveLength(1);
  });

  test.each(initialStatuses)('%s, of one who comes back', async (status) => {
    const login = freshLogin();
    const userId = await pushed(login, 'active_without_pass');
    await world.set(world.spoke, userId, 'deactivate');
    await push(userId);
    expect([(await world.inHub(login))?.status, (await world.mirror(userId))?.state]).toEqual([
      'DEPROVISIONED',
      'left',
    ]);
    await world.set(world.spoke, userId, 'activate');
    await world.assign(userId, { initialStatus: status });
    await push(userId);
    const isPending = status.startsWith('pending');
    expect((await world.inHub(login))?.status).toBe(isPending ? 'DEPROVISIONED' : expected[status].created);
    expect((await world.mirror(userId))?.problem).toBe(isPending ? 'cannot_be_staged' : null);
  });
});

test('what changes in the spoke changes in the hub, and what is emptied is removed; the rest of the hub’s stays', async () => {
  const login = freshLogin();
  const userId = await pushed(login);
  const { id = '' } = (await world.inHub(login)) ?? {};
  await world.hub.call('POST', `/api/v1/users/${id}`, { profile: { department: 'Hub', nickName: 'kept' } });
  await changeHubSettings(world.ledger, 'acme', {
    mapping: ['userName', 'name.givenName', 'name.familyName', 'emails.value', 'addresses.locality'].map(
      (path, index) => ({ path, target: ['login', 'firstName', 'lastName', 'email', 'city'][index] ?? null }),
    ),
  });
  await world.spoke.call('POST', `/api/v1/users/${userId}`, { profile: { firstName: 'Eve', city: 'Galway' } });
  await push(userId);
  expect((await world.inHub(login))?.profile).toMatchObject({ firstName: 'Eve', city: 'Galway', nickName: 'kept' });
  await world.spoke.call('POST', `/api/v1/users/${userId}`, { profile: { city: null, login: `new-${login}` } });
  await push(userId);
  const renamed = await world.inHub(`new-${login}`);
  expect([renamed?.id, renamed?.profile['city'], renamed?.profile['department']]).toEqual([id, undefined, 'Hub']);
  await changeHubSettings(world.ledger, 'acme', { mapping: [] });
});

test('a suspension in the spoke does not travel; an end of the assignment deactivates', async () => {
  const login = freshLogin();
  const userId = await pushed(login, 'active_with_pass');
  await world.set(world.spoke, userId, 'suspend');
  await push(userId);
  expect([(await world.inHub(login))?.status, world.writes.length]).toEqual(['ACTIVE', 1]);
  await unassignFromHub(world.ledger, { tenant: 'acme', kind: 'person', spokeId: userId });
  await push(userId);
  expect((await world.inHub(login))?.status).toBe('DEPROVISIONED');
});

test('a member of an assigned group is pushed, and one who leaves it is deactivated', async () => {
  const [login, other] = [freshLogin(), freshLogin()];
  const [userId, stranger] = [await world.person(login), await world.person(other)];
  const { body } = await world.spoke.call('POST', '/api/v1/groups', { profile: { name: 'Hub people' } });
  const groupId = JSON.parse(JSON.stringify(body)).id;
  await world.spoke.call('PUT', `/api/v1/groups/${groupId}/users/${userId}`);
  await world.assign(groupId, { kind: 'group' });
  await world.require([userId, stranger]);
  await world.work();
  expect([(await world.inHub(login))?.status, await world.inHub(other)]).toEqual(['PROVISIONED', undefined]);
  expect(await world.mirror(stranger)).toBeUndefined();
  await world.spoke.call('DELETE', `/api/v1/groups/${groupId}/users/${userId}`);
  await push(userId);
  expect((await world.inHub(login))?.status).toBe('DEPROVISIONED');
});

test('one login in two spokes: the second is refused, and the hub’s user stays as it is', async () => {
  const login = freshLogin();
  const userId = await pushed(login);
  const twin = await world.person(freshLogin());
  await world.spoke.call('POST', `/api/v1/users/${userId}`, { profile: { login: freshLogin() } });
  await world.spoke.call('POST', `/api/v1/users/${twin}`, { profile: { login, firstName: 'Twin' } });
  await world.assign(twin, { tenant: 'globex' });
  world.writes.length = 0;
  await world.require([twin], { tenant: 'globex' });
  await world.work();
  expect((await world.mirror(twin, 'globex'))?.problem).toBe('linked_elsewhere');
  expect([world.writes, (await world.inHub(login))?.profile['firstName']]).toEqual([[], 'Ada']);
});

test('one whom a directory owns in the hub is refused', async () => {
  const login = freshLogin();
  const id = await createIn(world.hub, { login }, '?activate=true');
  await world.hub.call('PUT', `/sim/users/${id}/source`, { source: 'ACTIVE_DIRECTORY' });
  const userId = await pushed(login);
  expect(await world.mirror(userId)).toMatchObject({ problem: 'sourced_elsewhere', hubUserId: null });
  expect(world.writes.filter(({ call }) => call.includes('/api/v1'))).toHaveLength(1);
});

test('whom the hub deactivated or deleted behind our back is seen, and comes back where an operator asks for it', async () => {
  const login = freshLogin();
  const userId = await pushed(login);
  const id = (await world.inHub(login))?.id ?? '';
  await world.set(world.hub, id, 'deactivate');
  await push(userId);
  expect((await world.mirror(userId))?.problem).toBe('deactivated_in_hub');
  await push(userId, true);
  expect([(await world.inHub(login))?.status, (await world.mirror(userId))?.problem]).toEqual(['PROVISIONED', null]);
  await world.hub.call('DELETE', `/api/v1/users/${id}`);
  await world.hub.call('DELETE', `/api/v1/users/${id}`);
  await push(userId);
  expect([await world.inHub(login), (await world.mirror(userId))?.problem]).toEqual([undefined, 'gone_from_hub']);
  await push(userId, true);
  expect([(await world.inHub(login))?.status, (await world.mirror(userId))?.problem]).toEqual(['PROVISIONED', null]);
});

test('in a hub that has another name by now people stay who they are, and whom it deactivated stays off', async () => {
  const userIds = [await pushed('ren.amed@acme.example'), await pushed('ren.off@acme.example')];
  const off = await world.inHub('ren.off@acme.example');
  await world.set(world.hub, off?.id ?? '', 'deactivate');
  await sql`update mirrors set hub_org = 'former.okta.example'`.execute(world.ledger.db);
  await world.require(userIds);
  world.writes.length = 0;
  await world.work();
  expect([await world.mirror(userIds[0] ?? ''), await world.mirror(userIds[1] ?? '')]).toMatchObject([
    { state: 'linked', problem: null },
    { hubUserId: off?.id, problem: 'deactivated_in_hub' },
  ]);
  expect(world.writes).toEqual([]);
});

test('whom the hub deactivates while a push that an operator asked for ends stays deactivated', async () => {
  const login = freshLogin();
  const userId = await pushed(login);
  const id = (await world.inHub(login))?.id ?? '';
  await world.set(world.hub, id, 'deactivate');
  await world.require([userId], { isForced: true });
  let isFirst = true;
  const change = (context: Context): Context => ({
    ...context,
    mirrors: {
      ...context.mirrors,
      finish: async (attempt, result) => {
        if (isFirst) {
          isFirst = false;
          expect((await world.inHub(login))?.status).toBe('PROVISIONED');
          await world.set(world.hub, id, 'deactivate');
          await world.require([userId]);
        }
        return context.mirrors.finish(attempt, result);
      },
    },
  });
  await world.work({ change });
  expect([(await world.inHub(login))?.status, (await world.mirror(userId))?.problem]).toEqual([
    'DEPROVISIONED',
    'deactivated_in_hub',
  ]);
});

test('in what the two users differ is seen with each push, also where the link does not write it', async () => {
  const login = freshLogin();
  const userId = await pushed(login);
  const drift = async () => (await world.mirror(userId))?.drift;
  expect(await drift()).toEqual([]);
  await world.set(world.spoke, userId, 'suspend');
  await push(userId);
  expect(await drift()).toEqual(['status']);
  await world.set(world.spoke, userId, 'unsuspend');
  await changeHubSettings(world.ledger, 'acme', { switches: { update: false } });
  await world.spoke.call('POST', `/api/v1/users/${userId}`, {
    profile: { login: login.toUpperCase(), email: 'other@acme.example' },
  });
  await push(userId);
  expect(await drift()).toEqual(['email']);
  const drifting = { tenant: 'acme', after: null, limit: 1, only: 'drift', userIds: [userId] } as const;
  expect(await listMirrors(world.ledger, drifting)).toMatchObject([{ userId }]);
  await changeHubSettings(world.ledger, 'acme', { switches: { update: true } });
  await push(userId);
  expect([await drift(), await listMirrors(world.ledger, drifting)]).toEqual([[], []]);
});

test('a shipment whose person could not be pushed goes on by itself once they are, and no other one', async () => {
  const login = freshLogin();
  const userId = await pushed(login);
  const stranger = await world.person(freshLogin());
  await world.set(world.hub, (await world.inHub(login))?.id ?? '', 'deactivate');
  await push(userId);
  const problems = [{ field: 'hub', code: 'deactivated_in_hub' }] as const;
  const ids: string[] = [];
  for (const [tenant, user] of [
    ['acme', userId],
    ['globex', userId],
    ['acme', stranger],
  ] as const) {
    const { id } = await open(world.ledger, { tenant, userId: user, login: null });
    await change(world.ledger, id, { hold: { code: 'hub_person_missing', problems, since: new Date() } });
    ids.push(id);
  }
  const holds = async () => Promise.all(ids.map(async (id) => (await look(world.ledger, id)).hold?.code ?? null));
  await push(userId);
  expect(await holds()).toEqual(ids.map(() => 'hub_person_missing'));
  await push(userId, true);
  expect(await holds()).toEqual([null, 'hub_person_missing', 'hub_person_missing']);
  const checks = await sql`select subject_id from outbox where step = 'check-profile'`.execute(world.ledger.db);
  expect(checks.rows).toEqual([{ subject_id: ids[0] }]);
  await sql`truncate shipments cascade`.execute(world.ledger.db);
  await sql`delete from outbox where step = 'check-profile'`.execute(world.ledger.db);
});

test('an id that the spoke does not have is a problem, and no one is made in the hub', async () => {
  await world.assign('00uTypo');
  await push('00uTypo');
  expect(await world.mirror('00uTypo')).toMatchObject({ state: 'new', problem: 'not_in_spoke', hubUserId: null });
  expect(world.writes).toEqual([]);
});

test('a value that the hub refuses is a problem that names the attribute, and no value', async () => {
  const login = freshLogin();
  const userId = await world.person(login, { secondEmail: 'other@acme.example' });
  await world.assign(userId);
  await changeHubSettings(world.ledger, 'acme', {
    mapping: [
      { path: 'userName', target: 'login' },
      { path: 'name.givenName', target: 'firstName' },
      { path: 'name.familyName', target: 'lastName' },
      { path: 'name.givenName', target: 'email' },
    ],
  });
  await push(userId);
  expect(await world.mirror(userId)).toMatchObject({ problem: 'profile_refused', problemFields: ['email'] });
  await changeHubSettings(world.ledger, 'acme', { mapping: [] });
  await push(userId);
  expect(await world.mirror(userId)).toMatchObject({ problem: null, state: 'linked' });
});

test('a hub that is down is tried again, and then has everyone', async () => {
  const logins = [freshLogin(), freshLogin()];
  const ids: string[] = [];
  for (const login of logins) ids.push(await world.person(login));
  for (const id of ids) await world.assign(id);
  world.gate.isDown = true;
  await world.require(ids);
  await world.work();
  expect((await Promise.all(ids.map((id) => world.mirror(id)))).map((one) => [one?.isDue, one?.problem])).toEqual([
    [true, null],
    [true, null],
  ]);
  world.gate.isDown = false;
  await until(
    async () => {
      await endLeases(world);
      await world.work();
      return Promise.all(ids.map((id) => world.mirror(id)));
    },
    (mirrors) => mirrors.every((one) => one?.isDue === false),
  );
  for (const login of logins) expect((await world.inHub(login))?.status).toBe('PROVISIONED');
});

test('a temporary password that the policy accepts is in one request alone, and nowhere else', async () => {
  const login = freshLogin();
  const userId = await world.person(login);
  const securityQuestion = { question: 'Which pet of Ada?', answer: 'Ziggy the canary' };
  await world.assign(userId, { initialStatus: 'active_with_pass', securityQuestion });
  await push(userId);
  const sent = world.writes.map(({ body }) => JSON.stringify(body));
  const password = /"password":\{"value":"([^"]+)"/.exec(sent.join('\n'))?.[1] ?? '';
  expect(sent.filter((one) => one.includes(password))).toHaveLength(1);
  expect(password).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*[2-9])(?=.*[!#%+=?_-]).{24,72}$/);
  expect(password.toLowerCase()).not.toMatch(/ada|lovelace|person|acme/);
  expect(sent.join('\n')).toContain('Ziggy the canary');
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(world.ledger.db);
  for (const { name } of rows) {
    const found = await sql`
      select 1 from ${sql.table(name)} as one
      where strpos(one::text, ${password}) + strpos(one::text, 'Ziggy the') + strpos(one::text, ${login}) > 0`.execute(
      world.ledger.db,
    );
    expect([name, found.rows]).toEqual([name, []]);
  }
  expect(await readAssignment(world.ledger, { tenant: 'acme', userId })).toMatchObject({ securityQuestion: null });
  const { question } = securityQuestion;
  expect((await world.inHub(login))?.credentials).toMatchObject({ recovery_question: { question } });
});

/** Ends a worker. */
class Killed extends RangeError {}

/** Ends the worker at its `nth` call or commit: before it, or after it had its effect. */
function killAt(nth: number, when: 'before' | 'after'): { change: (context: Context) => Context } {
  let calls = 0;
  const dying = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const call: unknown = Reflect.get(target, name);
        if (typeof call !== 'function' || name === 'postpone') return call;
        return async (...parameters: unknown[]): Promise<unknown> => {
          calls += 1;
          const isLast = calls === nth;
          if (isLast && when === 'before') throw new Killed();
          const result: unknown = await Reflect.apply(call, target, parameters);
          if (isLast) throw new Killed();
          return result;
        };
      },
    });
  return {
    change: (context) => ({
      ...context,
      hub: dying(context.hub),
      mirrors: { ...dying(context.mirrors), postpone: async () => undefined },
    }),
  };
}

describe.each(['before', 'after'] as const)('a worker that is killed %s any call or commit', (when) => {
  test.each([
    ['creates', null],
    ['links a staged user', 'STAGED'],
    ['links a deactivated user', 'DEPROVISIONED'],
  ] as const)('%s one person once, with all that was to be done', async (_what, found) => {
    let isKilled = true;
    for (let nth = 1; isKilled; nth += 1) {
      expect(nth).toBeLessThan(60);
      const login = freshLogin();
      if (found !== null) {
        const id = await createIn(world.hub, { login, firstName: 'Old' }, '?activate=false');
        if (found === 'DEPROVISIONED') await world.set(world.hub, id, 'deactivate');
      }
      const userId = await world.person(login);
      await world.assign(userId, { initialStatus: 'active_with_pass' });
      await world.require([userId]);
      const kill = killAt(nth, when);
      isKilled = await world.work({ change: kill.change }).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Killed) return true;
          throw error;
        },
      );
      await endLeases(world);
      await world.work();
      const mine = (await world.hubUsers()).filter(({ profile }) => profile.login === login);
      expect([nth, mine.map(({ status }) => status)]).toEqual([nth, ['ACTIVE']]);
      expect(mine[0]?.credentials.password).toBeDefined();
      expect(mine[0]?.profile['firstName']).toBe('Ada');
      expect(await world.mirror(userId)).toMatchObject({ state: 'linked', problem: null, hubUserId: mine[0]?.id });
    }
  });
});

test('three workers with the same messages make one person of each', async () => {
  const logins = Array.from({ length: 6 }, freshLogin);
  const ids: string[] = [];
  for (const login of logins) ids.push(await world.person(login));
  for (const id of ids) await world.assign(id);
  await world.require(ids);
  await world.work({ workers: 3 });
  await endLeases(world);
  await world.work();
  const all = await world.hubUsers();
  for (const login of logins) expect(all.filter(({ profile }) => profile.login === login)).toHaveLength(1);
});

test('while the hub refuses the credentials a person is due, and the link says since when and why', async () => {
  await sql`delete from outages`.execute(world.ledger.db);
  const userId = await world.person(freshLogin());
  await world.assign(userId);
  await world.require([userId]);
  const refuse = { match: { path: '/api/v1/users' }, respond: { status: 401 } };
  await world.hub.call('PUT', '/sim/faults', [refuse]);
  await world.work();
  await world.hub.call('PUT', '/sim/faults', []);
  expect(await readLinkWait(world.ledger, 'acme')).toEqual({
    dueSince: expect.any(Date),
    waitsFor: { isRefused: true, since: expect.any(Date) },
  });
  await sql`delete from outages`.execute(world.ledger.db);
  await push(userId);
  expect(await readLinkWait(world.ledger, 'acme')).toEqual({ dueSince: null, waitsFor: null });
});

test('an event just after the first assignment of a tenant makes due whom it names', async () => {
  const { mirrors } = world.contextOf(world.ledger);
  const event = { userId: '00uFirst', groupId: null };
  await mirrors.require('newcomer', event);
  await world.assign(event.userId, { tenant: 'newcomer' });
  await mirrors.require('newcomer', event);
  expect(await listMirrors(world.ledger, { tenant: 'newcomer', after: null, limit: 2 })).toMatchObject([
    { userId: event.userId, isDue: true },
  ]);
});

test('an event of the spoke or of the hub makes due whom it names, where they are of a link', async () => {
  const [login, other] = [freshLogin(), freshLogin()];
  const userId = await pushed(login);
  const stranger = await world.person(other);
  const hubUserId = (await world.inHub(login))?.id ?? '';
  const { mirrors } = world.contextOf(world.ledger);
  const due = async () => (await world.mirror(userId))?.isDue;
  await mirrors.require('acme', { userId: stranger, groupId: null });
  expect([await world.mirror(stranger), await due()]).toEqual([undefined, false]);
  await mirrors.require('acme', { userId, groupId: null });
  expect(await due()).toBe(true);
  await world.work();
  await mirrors.require('the-hub', { userId: hubUserId, groupId: null });
  expect(await due()).toBe(true);
  await world.work();
  const group = { kind: 'group', spokeId: '00gAssigned' } as const;
  await world.assign(group.spokeId, group);
  await mirrors.require('acme', { userId: stranger, groupId: '00gOther' });
  expect(await world.mirror(stranger)).toBeUndefined();
  await mirrors.require('acme', { userId: stranger, groupId: group.spokeId });
  expect(await world.mirror(stranger)).toMatchObject({ isDue: true });
  await world.work();
  expect([await world.mirror(stranger), await world.inHub(other)]).toEqual([undefined, undefined]);
});
