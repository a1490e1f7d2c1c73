import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { MirrorAttempt, MirrorResult } from '@keycourier/journey/ports/hub';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { eraseMirrors } from '../retention/erase-registrations.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import {
  assignToHub,
  eraseQuestion,
  listAssignments,
  readAssignedGroups,
  readAssignment,
  unassignFromHub,
} from './assignments.ts';
import { postponeHub, renewHubLease } from './lease.ts';
import { createHubLink, removeHubLink, setHubClient } from './links.ts';
import { countMirrors, listMirrors } from './list-mirrors.ts';
import { mirrorLease, requireByHubUsers, requireKnownPeople, requirePeople, sweepMirrors } from './mirrors.ts';
import { claimMirror, finishMirror, isMirrorOfOthers, linkMirror, noteCreating } from './push-mirror.ts';
import { changeHubSettings, readHubSettings } from './settings.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
beforeEach(async () => {
  ({ ledger } = await connectTestLedger());
});

const leaseMs = 60_000;
const priority = 3;
const hubOrg = 'hub.okta.com';

async function mirrorOf(userId: string, tenant = 'acme') {
  const [found] = await listMirrors(ledger, { tenant, after: null, limit: 1, userIds: [userId] });
  if (found === undefined) throw new RangeError(userId);
  return found;
}

async function claim(userId: string, tenant = 'acme'): Promise<MirrorAttempt> {
  const { id } = await mirrorOf(userId, tenant);
  const claimed = await claimMirror(ledger, { id, dispatchId: null, leaseMs });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  return claimed.attempt;
}

const ended: MirrorResult = {
  state: 'linked',
  wrote: true,
  content: 'h',
  problem: null,
  drift: [],
  fields: [],
  isForgotten: false,
};
const messages = () =>
  ledger.db.selectFrom('outbox').select(['step', 'tenant', 'priority']).orderBy('tenant').execute();

test('a person who is due has one mirror and one message, under the name of the hub', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority: 5 });
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  await requirePeople(ledger.db, { tenant: 'globex', userIds: ['00u1'], priority });
  expect(await messages()).toEqual([
    { step: 'push-person', tenant: 'hub:acme', priority },
    { step: 'push-person', tenant: 'hub:globex', priority },
  ]);
  expect(await listMirrors(ledger, { tenant: 'acme', after: null, limit: 10 })).toMatchObject([{ userId: '00u1' }]);
});

test('an event makes those due who are assigned or have a mirror, and no one else', async () => {
  await assignToHub(ledger, {
    tenant: 'acme',
    kind: 'person',
    spokeId: '00u1',
    initialStatus: null,
    securityQuestion: null,
    assignedBy: 'key_1',
  });
  expect(await requireKnownPeople(ledger.db, { tenant: 'acme', userIds: ['00u1', '00u2'], priority })).toBe(true);
  expect(await requireKnownPeople(ledger.db, { tenant: 'globex', userIds: ['00u1'], priority })).toBe(false);
  expect(await messages()).toHaveLength(1);
});

test('one worker at a time pushes a person, and one whose lease is gone records nothing', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  const attempt = await claim('00u1');
  expect(await claimMirror(ledger, { id: attempt.id, dispatchId: null, leaseMs })).toMatchObject({
    outcome: 'already_running',
  });
  expect(await renewHubLease(ledger, 'mirrors', { ...attempt, leaseMs: 0 })).toBe(true);
  const next = await claim('00u1');
  expect(await renewHubLease(ledger, 'mirrors', { ...attempt, leaseMs })).toBe(false);
  expect(await noteCreating(ledger, attempt, 'ada@acme.example')).toBe(false);
  expect(await linkMirror(ledger, attempt, { hubOrg, hubUserId: '00uOld', state: 'linked' })).toBe(false);
  await finishMirror(ledger, attempt, { ...ended, problem: 'refused' });
  expect(await mirrorOf('00u1')).toMatchObject({ hubUserId: null, problem: null, isDue: true });
  await finishMirror(ledger, next, ended);
  expect([await messages(), (await mirrorOf('00u1')).isDue]).toEqual([[], false]);
});

test('a person who is due anew while they are pushed is pushed again by the same attempt', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  const attempt = await claim('00u1');
  await linkMirror(ledger, attempt, { hubOrg, hubUserId: '00uHub', state: 'linked' });
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority, isForced: true });
  const finished = await finishMirror(ledger, attempt, ended);
  expect(finished).toMatchObject({
    outcome: 'changed',
    attempt: { hubUserId: '00uHub', state: 'linked', isForced: true, version: '2' },
  });
  if (finished.outcome === 'changed') await finishMirror(ledger, finished.attempt, ended);
  expect(await messages()).toEqual([]);
});

test('the login of one who is being created is sealed, and gone once they are', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  const attempt = await claim('00u1');
  expect(await noteCreating(ledger, attempt, 'ada@acme.example')).toBe(true);
  const row = async () =>
    (await sql<{ row: string }>`select mirrors::text as row from mirrors`.execute(ledger.db)).rows[0]?.row;
  expect(await row()).toContain('creating');
  expect(await row()).not.toContain('ada@');
  await renewHubLease(ledger, 'mirrors', { ...attempt, leaseMs: 0 });
  const next = await claim('00u1');
  expect(next).toMatchObject({ state: 'creating', creatingLogin: 'ada@acme.example' });
  expect(await linkMirror(ledger, next, { hubOrg, hubUserId: '00uHub', state: 'linked' })).toBe(true);
  const { creating_login: left } = await ledger.db
    .selectFrom('mirrors')
    .select('creating_login')
    .executeTakeFirstOrThrow();
  expect(left).toBeNull();
});

test('of two spokes whose people have one login, the second is refused the hub’s user', async () => {
  for (const tenant of ['acme', 'globex']) await requirePeople(ledger.db, { tenant, userIds: ['00u1'], priority });
  const [one, other] = [await claim('00u1'), await claim('00u1', 'globex')];
  const found = { hubOrg, hubUserId: '00uHub', state: 'linked' } as const;
  const linked = await Promise.all([one, other].map((attempt) => linkMirror(ledger, attempt, found)));
  expect(new Set(linked)).toEqual(new Set([false, true]));
  const second = linked[0] === true ? other : one;
  expect(await isMirrorOfOthers(ledger, second, found)).toBe(true);
  expect(await isMirrorOfOthers(ledger, second === one ? other : one, found)).toBe(false);
});

test('an event of the hub makes those due whose mirrors it names', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1', '00u2'], priority });
  const attempt = await claim('00u1');
  await linkMirror(ledger, attempt, { hubOrg, hubUserId: '00uHub', state: 'linked' });
  await finishMirror(ledger, attempt, ended);
  await finishMirror(ledger, await claim('00u2'), ended);
  await requireByHubUsers(ledger.db, { hubOrg: 'other.okta.com', hubUserIds: ['00uHub'], priority });
  expect(await messages()).toEqual([]);
  await requireByHubUsers(ledger.db, { hubOrg, hubUserIds: ['00uHub'], priority });
  expect(await messages()).toHaveLength(1);
});

test('people with a problem are counted, listed, and tried again; a lost message is made anew', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1', '00u2'], priority });
  await finishMirror(ledger, await claim('00u1'), {
    ...ended,
    wrote: false,
    state: 'new',
    problem: 'profile_refused',
    fields: ['email'],
  });
  await ledger.db.deleteFrom('outbox').execute();
  expect(await listMirrors(ledger, { tenant: 'acme', after: null, limit: 5, only: 'problem' })).toMatchObject([
    { userId: '00u1', problem: 'profile_refused', problemFields: ['email'], isDue: false },
  ]);
  expect(await countMirrors(ledger, 'acme')).toMatchObject({
    states: { new: 2 },
    due: 1,
    problems: [{ code: 'profile_refused', people: 1 }],
  });
  expect(await sweepMirrors(ledger, { priority })).toBe(1);
  expect(await sweepMirrors(ledger, { priority })).toBe(0);
  await sql`update mirrors set check_due_at = now() where problem is not null`.execute(ledger.db);
  expect(await sweepMirrors(ledger, { priority })).toBe(1);
});

test('an attempt that is postponed waits in the outbox, and a hub that is paused takes no other with it', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  const attempt = await claim('00u1');
  await postponeHub(ledger, mirrorLease, { ...attempt, afterMs: 60_000, failure: undefined });
  const pause = { paused_until: new Date(Date.now() + 60_000), pause_reason: 'no', pause_service: 'okta' };
  await ledger.db
    .insertInto('tenants')
    .values({ name: 'hub:acme', ...pause, pause_credential: null })
    .execute();
  expect(await claimMirror(ledger, { id: attempt.id, dispatchId: null, leaseMs })).toMatchObject({
    outcome: 'tenant_paused',
    reason: 'no',
  });
  await requirePeople(ledger.db, { tenant: 'globex', userIds: ['00u1'], priority });
  expect(await claim('00u1', 'globex')).toMatchObject({ failures: 0 });
});

test('one who is not to be in the hub, and never was, is forgotten', async () => {
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  await finishMirror(ledger, await claim('00u1'), { ...ended, state: 'new', isForgotten: true });
  expect([await listMirrors(ledger, { tenant: 'acme', after: null, limit: 5 }), await messages()]).toEqual([[], []]);
});

test('a link is off until its parts are switched, and two changes of one revision make one', async () => {
  const off = await readHubSettings(ledger, 'acme');
  expect(Object.values({ ...off.switches, sendEmail: false }).some(Boolean)).toBe(false);
  const change = { switches: { create: true }, initialStatus: { link: 'pending_with_pass' } } as const;
  expect(await changeHubSettings(ledger, 'acme', { ...change, revision: '0' })).toMatchObject({
    revision: '1',
    switches: { create: true, update: false },
    initialStatus: { create: 'active_without_pass', link: 'pending_with_pass' },
  });
  const changes = await Promise.all(
    ['a', 'b'].map((path) => changeHubSettings(ledger, 'acme', { mapping: [{ path, target: null }], revision: '1' })),
  );
  expect(changes.filter((one) => one !== null)).toHaveLength(1);
  expect(await changeHubSettings(ledger, 'acme', { compareEveryMs: null })).toMatchObject({
    revision: '3',
    switches: { create: true },
    compareEveryMs: null,
  });
  expect(await readHubSettings(ledger, 'globex')).toEqual(off);
});

test('a security question is sealed, and erased once it was used, but not one that was assigned meanwhile', async () => {
  const securityQuestion = { question: 'Which pet?', answer: 'Ziggy' };
  const who = { tenant: 'acme', kind: 'person', spokeId: '00u1' } as const;
  await assignToHub(ledger, { ...who, initialStatus: 'pending_with_pass', securityQuestion, assignedBy: 'key_1' });
  await assignToHub(ledger, {
    ...who,
    kind: 'group',
    spokeId: '00g1',
    initialStatus: null,
    securityQuestion: null,
    assignedBy: 'key_1',
  });
  const { rows } = await sql<{ row: string }>`select a::text as row from link_assignments a`.execute(ledger.db);
  // Three letters alone are in sealed text, which is random, by chance.
  expect(rows.map(({ row }) => row).join('\n')).not.toMatch(/Which pet|Ziggy/);
  const person = { tenant: 'acme', userId: '00u1' };
  expect(await readAssignment(ledger, person)).toEqual({ initialStatus: 'pending_with_pass', securityQuestion });
  await eraseQuestion(ledger, person, { ...securityQuestion, answer: 'of before' });
  await assignToHub(ledger, { ...who, initialStatus: null, securityQuestion: null, assignedBy: 'key_1' });
  expect(await readAssignment(ledger, person)).toEqual({ initialStatus: null, securityQuestion });
  await eraseQuestion(ledger, { ...person, tenant: 'globex' }, securityQuestion);
  expect(await readAssignment(ledger, person)).toEqual({ initialStatus: null, securityQuestion });
  await eraseQuestion(ledger, person, securityQuestion);
  expect(await readAssignment(ledger, person)).toEqual({ initialStatus: null, securityQuestion: null });
  expect(await readAssignedGroups(ledger, 'acme')).toEqual(['00g1']);
  const [first, ...others] = await listAssignments(ledger, { tenant: 'acme', after: null, limit: 9 });
  expect([first?.kind, others.map(({ kind }) => kind)]).toEqual(['group', ['person']]);
  expect(await listAssignments(ledger, { tenant: 'acme', after: first ?? null, limit: 9 })).toEqual(others);
  expect(await unassignFromHub(ledger, { ...who, tenant: 'globex' })).toBe(false);
  expect(await unassignFromHub(ledger, who)).toBe(true);
  expect(await readAssignment(ledger, person)).toBeNull();
});

test('one who left the hub is erased when their tenant’s retention ends, and a report with it', async () => {
  const monthAgo = new Date(Date.now() - 30 * 86_400_000);
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1', '00u2', '00u3'], priority });
  for (const [userId, state] of [
    ['00u1', 'left'],
    ['00u2', 'linked'],
    ['00u3', 'left'],
  ] as const)
    await finishMirror(ledger, await claim(userId), { ...ended, state });
  await ledger.db
    .updateTable('mirrors')
    .set({ wanted_at: new Date(monthAgo.getTime() - 1_000) })
    .where('okta_user_id', '<>', '00u3')
    .execute();
  for (const [id, endedAt] of [
    ['cmp_1', monthAgo],
    ['cmp_2', new Date()],
  ] as const)
    await ledger.db
      .insertInto('comparisons')
      .values({ id, tenant: 'acme', kind: 'people', requested_by: 'key_1', ended_at: endedAt, state: 'ended' })
      .execute();
  const before = new Date(Date.now() - 10 * 86_400_000);
  expect(await eraseMirrors(ledger, { ofTenants: [{ tenant: 'acme', before }], ofOthers: monthAgo }, 10)).toBe(2);
  const left = await listMirrors(ledger, { tenant: 'acme', after: null, limit: 9 });
  expect(left.map(({ userId }) => userId).toSorted()).toEqual(['00u2', '00u3']);
});

test('what a link ends is all that is known of its people, and its messages', async () => {
  await createHubLink(ledger, { tenant: 'acme', orgUrl: 'https://hub.okta.com', createdBy: 'key_1' });
  await changeHubSettings(ledger, 'acme', { switches: { create: true } });
  for (const tenant of ['acme', 'globex']) await requirePeople(ledger.db, { tenant, userIds: ['00u1'], priority });
  expect(await removeHubLink(ledger, 'acme', { isInUse: true })).toBe(true);
  expect([await messages(), (await countMirrors(ledger, 'acme')).states.new]).toEqual([
    [{ step: 'push-person', tenant: 'hub:globex', priority }],
    0,
  ]);
  expect((await readHubSettings(ledger, 'acme')).revision).toBe('0');
});

test('what is known of the people of a hub that the config file names stays when another one ends', async () => {
  await createHubLink(ledger, { tenant: 'acme', orgUrl: 'https://hub.okta.com', createdBy: 'key_1' });
  await changeHubSettings(ledger, 'acme', { switches: { create: true } });
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority });
  expect(await removeHubLink(ledger, 'acme', { isInUse: false })).toBe(true);
  expect([(await messages()).length, (await mirrorOf('00u1')).isDue]).toEqual([1, true]);
  expect((await readHubSettings(ledger, 'acme')).switches.create).toBe(true);
});

test('a change of the settings, and the name of the service app, start a comparison, and try again whom the hub refused', async () => {
  await createHubLink(ledger, { tenant: 'acme', orgUrl: 'https://hub.okta.com', createdBy: 'key_1' });
  for (const tenant of ['acme', 'globex']) {
    await requirePeople(ledger.db, { tenant, userIds: ['00u1', '00u2'], priority });
    await finishMirror(ledger, await claim('00u1', tenant), ended);
    await finishMirror(ledger, await claim('00u2', tenant), { ...ended, problem: 'profile_refused' });
  }
  const runs = () => ledger.db.selectFrom('comparisons').select(['tenant', 'requested_by']).execute();
  await changeHubSettings(ledger, 'acme', { switches: { update: true } });
  expect([await runs(), await sweepMirrors(ledger, { priority })]).toEqual([
    [{ tenant: 'acme', requested_by: 'settings' }],
    1,
  ]);
  expect([(await mirrorOf('00u1')).isDue, (await mirrorOf('00u2', 'globex')).problem]).toEqual([
    false,
    'profile_refused',
  ]);
  // One goes on with the settings as they were: another one follows it.
  await setHubClient(ledger, 'acme', '0oaHub');
  const due = ledger.db.selectFrom('hub_settings').select(sql<boolean>`compare_due_at <= now()`.as('isDue'));
  expect([(await runs()).length, await due.execute()]).toEqual([1, [{ isDue: true }]]);
});
