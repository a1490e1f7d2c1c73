import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';
import { createHarness } from '@keycourier/journey/testing/harness';
import { pauseMapping, pushNow, readMapping, unlinkGroup, type PushedGroup } from '@keycourier/ledger/hub/groups';
import { requireMember, requireMembershipsOf, sweepGroups } from '@keycourier/ledger/hub/require-groups';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { bodyOf, createGroup, createUser, withId } from '@keycourier/okta-simulator/testing/running-org';
import { sql } from 'kysely';
import { z } from 'zod';

import { addMirror, contextWith, startHubWorld, workAll, type HubWorld } from './testing/hub-groups-world.ts';

let world: HubWorld;
beforeAll(async () => {
  world = await startHubWorld();
});
afterEach(async () => {
  world.before = async () => undefined;
  world.writes.length = 0;
  await sql`delete from mirror_groups`.execute(world.ledger.db);
  await sql`delete from outbox`.execute(world.ledger.db);
  await world.orgs.hub.call('PUT', '/sim/faults', []);
});
afterAll(async () => {
  await world.close();
  await closeTestLedgers();
});

type Org = keyof HubWorld['orgs'];
let count = 0;
const name = (): string => `Staff ${(count += 1)}`;

const join = (org: Org, groupId: string, userId: string): Promise<unknown> =>
  world.orgs[org].call('PUT', `/api/v1/groups/${groupId}/users/${userId}`);
const leave = (org: Org, groupId: string, userId: string): Promise<unknown> =>
  world.orgs[org].call('DELETE', `/api/v1/groups/${groupId}/users/${userId}`);

async function membersOf(groupId: string | null): Promise<string[]> {
  const reply = await world.orgs.hub.call('GET', `/api/v1/groups/${groupId}/users`);
  return bodyOf(z.array(withId), reply).map(({ id }) => id);
}

const groupShape = z.looseObject({ profile: z.looseObject({ name: z.string(), description: z.string().nullable() }) });

async function nameOf(groupId: string | null): Promise<string> {
  return bodyOf(groupShape, await world.orgs.hub.call('GET', `/api/v1/groups/${groupId}`)).profile.name;
}

const rename = (org: Org, groupId: string, to: string): Promise<unknown> =>
  world.orgs[org].call('PUT', `/api/v1/groups/${groupId}`, { profile: { name: to } });

async function state(id: string, tenant = 'acme'): Promise<PushedGroup> {
  const found = await readMapping(world.ledger, tenant, id);
  if (found === null) throw new RangeError('no mapping');
  return found;
}

describe('a group of a spoke', () => {
  test('is made in the hub with those of its members who have a user there, and the others follow', async () => {
    const [ada, groupId] = [await world.person('acme'), await createGroup(world.orgs.acme, name())];
    const late = await createUser(world.orgs.acme);
    for (const userId of [ada.spoke, late]) await join('acme', groupId, userId);
    const id = await world.map('acme', groupId);
    await world.work();
    const pushed = await state(id);
    expect(pushed).toMatchObject({ status: 'active', problem: null, members: 2, waiting: 1, due: 0 });
    expect(await membersOf(pushed.hubGroupId)).toEqual([ada.hub]);
    const hub = await createUser(world.orgs.hub);
    await addMirror(world.ledger, { tenant: 'acme', spoke: late, hub, org: new URL(world.orgs.hub.url).host });
    await requireMembershipsOf(world.ledger.db, { tenant: 'acme', userId: late, priority: 3 });
    await world.work();
    expect(await membersOf(pushed.hubGroupId)).toEqual([ada.hub, hub]);
    expect(await state(id)).toMatchObject({ waiting: 0 });
  });

  test('costs what changed: one write for one member, and none when it is compared again', async () => {
    const [ada, bob] = [await world.person('acme'), await world.person('acme')];
    const groupId = await createGroup(world.orgs.acme, name());
    await join('acme', groupId, ada.spoke);
    const id = await world.map('acme', groupId);
    await world.work();
    const { hubGroupId } = await state(id);
    world.writes.length = 0;
    await join('acme', groupId, bob.spoke);
    await leave('acme', groupId, ada.spoke);
    for (const userId of [ada.spoke, bob.spoke])
      await requireMember(world.ledger.db, { tenant: 'acme', groupId, userId, priority: 3 });
    expect(await world.work()).toBe(1);
    expect(await membersOf(hubGroupId)).toEqual([bob.hub]);
    expect(world.writes.toSorted()).toEqual([
      `DELETE /api/v1/groups/${hubGroupId}/users/${ada.hub}`,
      `PUT /api/v1/groups/${hubGroupId}/users/${bob.hub}`,
    ]);
    world.writes.length = 0;
    await pushNow(world.ledger, { tenant: 'acme', id });
    await world.work();
    expect([world.writes, (await state(id)).status]).toEqual([[], 'active']);
  });

  test('is followed in its name, and a name that is taken is said while its members go on', async () => {
    const [first, second, taken] = [name(), name(), name()];
    const groupId = await createGroup(world.orgs.acme, first);
    const ada = await world.person('acme');
    const id = await world.map('acme', groupId);
    await world.work();
    await rename('acme', groupId, second);
    await pushNow(world.ledger, { tenant: 'acme', id });
    await world.work();
    const { hubGroupId } = await state(id);
    expect([await nameOf(hubGroupId), (await state(id)).name]).toEqual([second, second]);
    await createGroup(world.orgs.hub, taken);
    await rename('acme', groupId, taken);
    await join('acme', groupId, ada.spoke);
    await pushNow(world.ledger, { tenant: 'acme', id });
    await world.work();
    expect(await state(id)).toMatchObject({ status: 'problem', problem: 'name_taken', name: taken });
    expect([await nameOf(hubGroupId), await membersOf(hubGroupId)]).toEqual([second, [ada.hub]]);
  });

  test('takes over no group that only has its name, and links one that is named', async () => {
    const both = name();
    const groupId = await createGroup(world.orgs.acme, both);
    const theirs = await createGroup(world.orgs.hub, both);
    const id = await world.map('acme', groupId);
    await world.work();
    expect(await state(id)).toMatchObject({ status: 'problem', problem: 'name_taken', hubGroupId: null });
    await unlinkGroup(world.ledger, { tenant: 'acme', id, deletesTarget: false });
    const ada = await world.person('acme');
    await join('acme', groupId, ada.spoke);
    const linked = await world.map('acme', groupId, { name: both });
    await world.work();
    expect(await state(linked)).toMatchObject({ status: 'active', hubGroupId: theirs });
    expect(await membersOf(theirs)).toEqual([ada.hub]);
    await rename('acme', groupId, name());
    await pushNow(world.ledger, { tenant: 'acme', id: linked });
    await world.work();
    expect([await nameOf(theirs), (await state(linked)).status]).toEqual([both, 'active']);
  });

  test('is not pushed to the group of an app', async () => {
    const target = await createGroup(world.orgs.hub, name());
    await world.orgs.hub.call('PUT', `/sim/groups/${target}/type`, { type: 'APP_GROUP' });
    const id = await world.map('acme', await createGroup(world.orgs.acme, name()), { id: target });
    world.writes.length = 0;
    await world.work();
    expect(await state(id)).toMatchObject({ status: 'problem', problem: 'not_an_okta_group' });
    expect(world.writes).toEqual([]);
  });

  test('is left as it is while it is paused, and compared as a whole afterwards', async () => {
    const [ada, groupId] = [await world.person('acme'), await createGroup(world.orgs.acme, name())];
    const id = await world.map('acme', groupId);
    await world.work();
    await pauseMapping(world.ledger, { tenant: 'acme', id });
    await join('acme', groupId, ada.spoke);
    await requireMember(world.ledger.db, { tenant: 'acme', groupId, userId: ada.spoke, priority: 3 });
    expect(await world.work()).toBe(0);
    const { hubGroupId } = await state(id);
    expect(await membersOf(hubGroupId)).toEqual([]);
    await pushNow(world.ledger, { tenant: 'acme', id });
    await world.work();
    expect(await membersOf(hubGroupId)).toEqual([ada.hub]);
  });

  test('that is gone in the spoke leaves the hub’s until an operator deletes it', async () => {
    const groupId = await createGroup(world.orgs.acme, name());
    const id = await world.map('acme', groupId);
    await world.work();
    const { hubGroupId } = await state(id);
    await world.orgs.acme.call('DELETE', `/api/v1/groups/${groupId}`);
    await pushNow(world.ledger, { tenant: 'acme', id });
    await world.work();
    expect(await state(id)).toMatchObject({ status: 'problem', problem: 'gone_from_spoke' });
    expect((await world.orgs.hub.call('GET', `/api/v1/groups/${hubGroupId}`)).status).toBe(200);
    await unlinkGroup(world.ledger, { tenant: 'acme', id, deletesTarget: true });
    await world.work();
    expect((await world.orgs.hub.call('GET', `/api/v1/groups/${hubGroupId}`)).status).toBe(404);
    expect(await readMapping(world.ledger, 'acme', id)).toBeNull();
  });

  test('whose group in the hub was deleted behind our back is not made again', async () => {
    const [ada, groupId] = [await world.person('acme'), await createGroup(world.orgs.acme, name())];
    const id = await world.map('acme', groupId);
    await world.work();
    await world.orgs.hub.call('DELETE', `/api/v1/groups/${(await state(id)).hubGroupId}`);
    await join('acme', groupId, ada.spoke);
    await requireMember(world.ledger.db, { tenant: 'acme', groupId, userId: ada.spoke, priority: 3 });
    await world.work();
    expect(await state(id)).toMatchObject({ status: 'problem', problem: 'gone_from_hub' });
    await sql`update mirror_groups set check_due_at = now()`.execute(world.ledger.db);
    await sweepGroups(world.ledger);
    await world.work();
    expect(await state(id)).toMatchObject({ status: 'problem', problem: 'gone_from_hub' });
  });
});

test('a membership of another spoke’s person, and of the hub’s own people, is neither removed nor seen', async () => {
  const [ada, eve] = [await world.person('acme'), await world.person('globex')];
  const admin = await createUser(world.orgs.hub);
  const target = await createGroup(world.orgs.hub, name());
  const [ofAcme, ofGlobex] = [await createGroup(world.orgs.acme, name()), await createGroup(world.orgs.globex, name())];
  await join('hub', target, admin);
  await join('acme', ofAcme, ada.spoke);
  await join('globex', ofGlobex, eve.spoke);
  const [one, other] = [
    await world.map('acme', ofAcme, { id: target }),
    await world.map('globex', ofGlobex, { id: target }),
  ];
  await world.work();
  expect((await membersOf(target)).toSorted()).toEqual([ada.hub, eve.hub, admin].toSorted());
  expect([(await state(one)).members, (await state(other, 'globex')).members]).toEqual([1, 1]);
  await leave('acme', ofAcme, ada.spoke);
  await pushNow(world.ledger, { tenant: 'acme', id: one });
  await world.work();
  expect((await membersOf(target)).toSorted()).toEqual([eve.hub, admin].toSorted());
  await unlinkGroup(world.ledger, { tenant: 'acme', id: one, deletesTarget: true });
  await world.work();
  expect(await state(one)).toMatchObject({ problem: 'target_is_shared' });
  expect(await membersOf(target)).toHaveLength(2);
});

test('a hub that has another name by now keeps its groups, and their members follow', async () => {
  const [ada, bob] = [await world.person('acme'), await world.person('acme')];
  const target = await createGroup(world.orgs.hub, name());
  const [made, linked] = [await createGroup(world.orgs.acme, name()), await createGroup(world.orgs.acme, name())];
  const ids = [await world.map('acme', made), await world.map('acme', linked, { id: target })];
  await world.work();
  const before = await Promise.all(ids.map((id) => state(id)));
  await sql`update mirror_groups set hub_org = 'former.okta.example'`.execute(world.ledger.db);
  await rename('acme', made, name());
  for (const groupId of [made, linked]) await join('acme', groupId, ada.spoke);
  for (const id of ids) await pushNow(world.ledger, { tenant: 'acme', id });
  await world.work();
  for (const groupId of [made, linked]) {
    await join('acme', groupId, bob.spoke);
    await requireMember(world.ledger.db, { tenant: 'acme', groupId, userId: bob.spoke, priority: 3 });
  }
  await world.work();
  for (const [index, id] of ids.entries()) {
    const { hubGroupId } = before[index] ?? { hubGroupId: null };
    expect(await state(id)).toMatchObject({ status: 'active', hubGroupId, waiting: 0, due: 0 });
    expect((await membersOf(hubGroupId)).toSorted()).toEqual([ada.hub, bob.hub].toSorted());
  }
});

test('two groups of one spoke are not pushed to one group of the hub: each would remove the other’s members', async () => {
  const [ada, bob] = [await world.person('acme'), await world.person('acme')];
  const target = await createGroup(world.orgs.hub, name());
  const [first, second] = [await createGroup(world.orgs.acme, name()), await createGroup(world.orgs.acme, name())];
  await join('acme', first, ada.spoke);
  await join('acme', second, bob.spoke);
  const keeps = await world.map('acme', first, { id: target });
  await world.work();
  const refused = await world.map('acme', second, { id: target });
  await world.work();
  expect(await state(refused)).toMatchObject({ problem: 'target_is_pushed', hubGroupId: null });
  expect([(await state(keeps)).status, await membersOf(target)]).toEqual(['active', [ada.hub]]);
});

test('the answer to a create that is lost leads to one group, also with two workers', async () => {
  const groupId = await createGroup(world.orgs.acme, name());
  const id = await world.map('acme', groupId);
  await world.orgs.hub.call('PUT', '/sim/faults', [
    { match: { method: 'POST', path: '/api/v1/groups' }, respond: { drop: 'after' }, times: 1 },
  ]);
  await world.work(2);
  await sql`update outbox set due_at = now()`.execute(world.ledger.db);
  await sql`update mirror_groups set leased_until = null`.execute(world.ledger.db);
  await world.work(2);
  expect(await state(id)).toMatchObject({ status: 'active', problem: null });
  expect(world.writes.filter((write) => write === 'POST /api/v1/groups')).toHaveLength(1);
});

describe('a group of 5,000 members', () => {
  const size = 5_000;
  const spokeIds = Array.from({ length: size }, (_, index) => `00u${index}`);
  const hubIdOf = (id: string): string => `hub-${id}`;

  /** Orgs in memory that answer pages of 200, as Okta does. */
  function memoryOrgs() {
    const orgs = { acme: new Set(spokeIds), 'hub:acme': new Set<string>() };
    const calls = { pages: 0, writes: 0, reads: 0 };
    const membersIn = (org: string): Set<string> => (org === 'acme' ? orgs.acme : orgs['hub:acme']);
    let failAfter = Number.POSITIVE_INFINITY;
    const identity: IdentityPort = {
      ...createHarness().context.identity,
      hostOf: async () => 'hub.okta.example',
      findGroup: async (_, id) => ({ id, type: 'OKTA_GROUP', name: 'Staff', description: null }),
      listMembers: async (org, _, page) => {
        calls.pages += 1;
        const [all, from] = [[...membersIn(org)], Number(page ?? 0)];
        return { ids: all.slice(from, from + 200), next: from + 200 < all.length ? String(from + 200) : null };
      },
      isMember: async (_tenant, _group, userId) => {
        calls.reads += 1;
        return orgs.acme.has(userId);
      },
      setMembership: async (_, { userId, isMember }) => {
        if (calls.writes >= failAfter) throw new RangeError('the worker is gone');
        calls.writes += 1;
        if (isMember) orgs['hub:acme'].add(userId);
        else orgs['hub:acme'].delete(userId);
        return null;
      },
    };
    return { orgs, calls, identity, failAfter: (writes: number) => (failAfter = writes) };
  }

  test('is written once for each of them, 200 in a job, goes on after a kill, and then costs what changes', async () => {
    const { ledger } = await connectTestLedger();
    const { orgs, calls, identity, failAfter } = memoryOrgs();
    const context = contextWith({ identity });
    await sql`insert into mirrors (id, tenant, okta_user_id, hub_org, hub_user_id, state)
      select 'mir_' || id, 'acme', id, 'hub.okta.example', 'hub-' || id, 'linked' from unnest(${spokeIds}::text[]) as id
    `.execute(ledger.db);
    const id = await worldMap(ledger);
    failAfter(1_234);
    await expect(workAll([ledger], context)).rejects.toThrow('the worker is gone');
    failAfter(Number.POSITIVE_INFINITY);
    await sql`update outbox set due_at = now()`.execute(ledger.db);
    const jobs = await workAll([ledger], context);
    expect(orgs['hub:acme']).toEqual(new Set(spokeIds.map(hubIdOf)));
    // The attempt that failed recorded what it had written.
    expect(calls).toEqual({ pages: size / 200 + 1, writes: size, reads: 0 });
    expect(jobs).toBe(Math.ceil((size - 1_234) / 200));
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({ status: 'active', members: size, due: 0 });
    Object.assign(calls, { pages: 0, writes: 0, reads: 0 });
    orgs.acme.delete('00u7');
    await requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00u7', priority: 3 });
    await workAll([ledger], context);
    expect(calls).toEqual({ pages: 0, writes: 1, reads: 1 });
    expect(orgs['hub:acme'].has(hubIdOf('00u7'))).toBe(false);
  });

  async function worldMap(ledger: HubWorld['ledger']): Promise<string> {
    const id = 'hgm_00000000000000000000000001';
    await sql`insert into mirror_groups (id, tenant, okta_group_id, target, hub_org, hub_group_id, created_by)
      values (${id}, 'acme', '00gSpoke', 'existing', 'hub.okta.example', '00gHub', 'key_1')`.execute(ledger.db);
    await sweepGroups(ledger);
    return id;
  }
});
