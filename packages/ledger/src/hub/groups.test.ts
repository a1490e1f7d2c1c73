import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MemberChanges } from '@keycourier/journey/hub/group-changes';
import type { GroupAttempt } from '@keycourier/journey/ports/hub-groups';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { waitingSessions } from '../testing/waiting-sessions.ts';
import { createMapping, pauseMapping, pushNow, readMapping, readMappings, unlinkGroup } from './groups.ts';
import { createHubLink, setHubClient } from './links.ts';
import { claimGroup, finishGroup, finishMembers, isGroupShared, linkGroup, mirrorsOf } from './push-groups.ts';
import { compareRows, readDueMembers, recordMembers } from './push-members.ts';
import { linkMirror } from './push-mirror.ts';
import { requireGroups, requireMember, requireMembershipsOf, sweepGroups } from './require-groups.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
beforeEach(async () => {
  await sql`delete from mirror_groups`.execute(ledger.db);
  await sql`delete from mirrors`.execute(ledger.db);
  await sql`delete from outbox`.execute(ledger.db);
});

const hub = { org: 'hub.okta.example', groupId: '00gHub' };
const nothing: MemberChanges = { add: [], remove: [], waiting: [], kept: 0 };
const found = { name: 'Staff', wrote: false, problem: null, members: nothing, isEnded: false };

async function mapping(tenant = 'acme', groupId = '00gSpoke'): Promise<string> {
  const made = await createMapping(ledger, { tenant, groupId, target: 'new', createdBy: 'key_1' });
  if (made === null) throw new RangeError('no mapping');
  return made.id;
}

async function claim(id: string, step: 'push-group' | 'push-members' = 'push-group'): Promise<GroupAttempt> {
  const claimed = await claimGroup(ledger, step, { id, dispatchId: null, leaseMs: 60_000 });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  return claimed.attempt;
}

/** Links the group and ends its first attempt. */
async function pushed(id: string, members = nothing): Promise<GroupAttempt> {
  const attempt = await claim(id);
  await linkGroup(ledger, attempt, hub);
  await finishGroup(ledger, attempt, { ...found, members: { ...nothing, ...members } });
  return attempt;
}

const person = (tenant: string, userId: string, hubUserId: string): Promise<unknown> =>
  sql`insert into mirrors (id, tenant, okta_user_id, hub_org, hub_user_id, state)
    values (${`mir_${hubUserId}`}, ${tenant}, ${userId}, ${hub.org}, ${hubUserId}, 'linked')`.execute(ledger.db);

async function messages(id: string): Promise<string[]> {
  const rows = await ledger.db
    .selectFrom('outbox')
    .select('step')
    .where('subject_id', '=', id)
    .orderBy('step')
    .execute();
  return rows.map(({ step }) => step);
}

const members = async (id: string): Promise<object[]> =>
  ledger.db.selectFrom('mirror_members').selectAll().where('group_id', '=', id).orderBy('okta_user_id').execute();

describe('a mapping', () => {
  test('is one of a spoke’s group, and is due at once, as a message of the hub', async () => {
    const id = await mapping();
    expect(
      await createMapping(ledger, { tenant: 'acme', groupId: '00gSpoke', target: 'new', createdBy: 'k' }),
    ).toBeNull();
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({ status: 'pending', hubGroupId: null, name: null });
    const { rows } = await sql`select subject_id, step, tenant from outbox`.execute(ledger.db);
    expect(rows).toEqual([{ subject_id: id, step: 'push-group', tenant: 'hub:acme' }]);
  });

  test('is its tenant’s alone', async () => {
    const [id, other] = [await mapping('acme'), await mapping('globex')];
    expect(await readMapping(ledger, 'globex', id)).toBeNull();
    expect(await readMappings(ledger, { tenant: 'acme', after: null, limit: 10 })).toMatchObject([{ id }]);
    const reference = { tenant: 'globex', id };
    expect(await pushNow(ledger, reference)).toBe(false);
    expect(await pauseMapping(ledger, reference)).toBe(false);
    expect(await unlinkGroup(ledger, { ...reference, deletesTarget: true })).toBe(false);
    expect(await unlinkGroup(ledger, { ...reference, deletesTarget: false })).toBe(false);
    await requireMember(ledger.db, { tenant: 'globex', groupId: '00gSpoke', userId: '00u1', priority: 3 });
    expect([await members(id), await members(other)]).toEqual([[], [expect.objectContaining({ tenant: 'globex' })]]);
  });

  test('that is due again while an attempt runs has another job, and one that is gone records nothing', async () => {
    const id = await mapping();
    const attempt = await claim(id);
    await pushNow(ledger, { tenant: 'acme', id });
    await finishGroup(ledger, attempt, found);
    expect(await messages(id)).toEqual(['push-group']);
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({ status: 'pending', name: 'Staff' });
    await finishGroup(ledger, attempt, { ...found, name: 'Late' });
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({ name: 'Staff' });
    await finishGroup(ledger, await claim(id), found);
    expect([await messages(id), (await readMapping(ledger, 'acme', id))?.status]).toEqual([[], 'active']);
  });

  test('that is paused has no jobs, hears of no events, and is compared as a whole once it goes on', async () => {
    const id = await mapping();
    expect(await pauseMapping(ledger, { tenant: 'acme', id })).toBe(true);
    await requireGroups(ledger.db, { tenant: 'acme', groupIds: ['00gSpoke'], priority: 3 });
    await requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00u1', priority: 3 });
    await sql`update mirror_groups set check_due_at = now()`.execute(ledger.db);
    expect([await sweepGroups(ledger), await messages(id), await members(id)]).toEqual([0, [], []]);
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({ status: 'paused' });
    expect(await pushNow(ledger, { tenant: 'acme', id })).toBe(true);
    expect(await messages(id)).toEqual(['push-group']);
  });

  test('ends at once where its group stays, and after its deletion where it goes', async () => {
    const [kept, deleted] = [await mapping('acme', '00g1'), await mapping('acme', '00g2')];
    expect(await unlinkGroup(ledger, { tenant: 'acme', id: kept, deletesTarget: false })).toBe(true);
    expect([await readMapping(ledger, 'acme', kept), await messages(kept)]).toEqual([null, []]);
    await pushed(deleted);
    await unlinkGroup(ledger, { tenant: 'acme', id: deleted, deletesTarget: true });
    expect(await readMapping(ledger, 'acme', deleted)).toMatchObject({ status: 'deleting' });
    const attempt = await claim(deleted);
    expect(attempt).toMatchObject({ isDeleting: true, hubGroupId: '00gHub' });
    await finishGroup(ledger, attempt, { ...found, isEnded: true });
    expect([await readMapping(ledger, 'acme', deleted), await messages(deleted)]).toEqual([null, []]);
  });

  test('with a problem keeps when it began, and is tried again by the sweep', async () => {
    const id = await mapping();
    await finishGroup(ledger, await claim(id), { ...found, problem: 'name_taken', members: null });
    const { problemSince } = (await readMapping(ledger, 'acme', id)) ?? {};
    expect(await sweepGroups(ledger)).toBe(0);
    await sql`update mirror_groups set check_due_at = now()`.execute(ledger.db);
    expect([await sweepGroups(ledger), await sweepGroups(ledger)]).toEqual([1, 0]);
    await finishGroup(ledger, await claim(id), { ...found, problem: 'name_taken', members: null });
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({
      status: 'problem',
      problem: 'name_taken',
      problemSince,
    });
  });

  test('shares a group of the hub only with another mapping to the same one', async () => {
    const one = await pushed(await mapping('acme'));
    expect(await isGroupShared(ledger, one, hub)).toBe(false);
    await pushed(await mapping('globex'));
    expect(await isGroupShared(ledger, one, hub)).toBe(true);
    expect(await isGroupShared(ledger, one, { ...hub, org: 'other.okta.example' })).toBe(false);
  });

  test('is due again once the service app of its hub is named', async () => {
    await createHubLink(ledger, { tenant: 'acme', orgUrl: 'https://hub.okta.com', createdBy: 'key_1' });
    await pushed(await mapping('acme'));
    await pushed(await mapping('globex'));
    await setHubClient(ledger, 'acme', '0oaHub');
    expect(await sweepGroups(ledger)).toBe(1);
  });

  test('shares none with another mapping of its spoke, also where both are linked at once', async () => {
    const attempts = [await claim(await mapping('acme')), await claim(await mapping('acme', '00gOther'))];
    const linked = await Promise.all(attempts.map((attempt) => linkGroup(ledger, attempt, hub)));
    expect(new Set(linked)).toEqual(new Set([false, true]));
    const globex = await claim(await mapping('globex'));
    expect(await linkGroup(ledger, globex, hub)).toBe(true);
  });
});

describe('a membership', () => {
  test('that differs is due with the user of the hub, and one of a person without a user waits', async () => {
    await person('acme', '00uAda', '00uHubAda');
    await person('acme', '00uBob', '00uHubBob');
    const id = await mapping();
    await pushed(id, { ...nothing, add: ['00uAda'], remove: ['00uBob'], waiting: ['00uCyd'], kept: 3 });
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({ status: 'pending', due: 2, waiting: 1, members: 5 });
    const attempt = await claim(id, 'push-members');
    expect(await readDueMembers(ledger, attempt, 10)).toEqual([
      { userId: '00uAda', wanted: true, hubUserId: '00uHubAda', version: '1' },
      { userId: '00uBob', wanted: false, hubUserId: '00uHubBob', version: '1' },
    ]);
  });

  test('that is written is forgotten, one that is refused keeps its reason, and one that changed meanwhile stays due', async () => {
    const id = await mapping();
    await pushed(id, { ...nothing, add: ['00u1', '00u2', '00u3'] });
    const attempt = await claim(id, 'push-members');
    const due = await readDueMembers(ledger, attempt, 10);
    await requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00u3', priority: 3 });
    const ends = ['done', 'forbidden', 'done'] as const;
    await recordMembers(
      ledger,
      attempt,
      due.map(({ userId, version }, index) => ({ userId, version, end: ends[index] ?? 'done' })),
    );
    expect(await members(id)).toMatchObject([
      { okta_user_id: '00u2', is_due: false, problem: 'forbidden' },
      { okta_user_id: '00u3', is_due: true, wanted: null, version: '2' },
    ]);
    expect(await finishMembers(ledger, attempt, null)).toBe(true);
    expect(await readMapping(ledger, 'acme', id)).toMatchObject({
      due: 1,
      refused: [{ code: 'forbidden', people: 1 }],
    });
  });

  test('of a person who gets a user in the hub while it is compared or pushed does not wait', async () => {
    const id = await mapping();
    const comparison = await claim(id);
    await linkGroup(ledger, comparison, hub);
    await person('acme', '00uCyd', '00uHubCyd');
    await requireMembershipsOf(ledger.db, { tenant: 'acme', userId: '00uCyd', priority: 3 });
    await finishGroup(ledger, comparison, { ...found, members: { ...nothing, waiting: ['00uCyd', '00uDan'] } });
    expect(await members(id)).toMatchObject([{ okta_user_id: '00uCyd', is_due: true }, { is_due: false }]);
    await requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00uDan', priority: 3 });
    const push = await claim(id, 'push-members');
    const due = await readDueMembers(ledger, push, 10);
    await requireMembershipsOf(ledger.db, { tenant: 'acme', userId: '00uDan', priority: 3 });
    await recordMembers(
      ledger,
      push,
      due.map(({ userId, version, hubUserId }) => ({ userId, version, end: hubUserId === null ? 'waits' : 'done' })),
    );
    expect(await members(id)).toMatchObject([{ okta_user_id: '00uDan', is_due: true }]);
    expect(await finishMembers(ledger, push, null)).toBe(true);
  });

  test.each(['a person who gets a user in the hub', 'an event'])(
    'that %s makes due at the end of an attempt has another job, though the attempt has not seen it',
    async (by) => {
      const id = await mapping();
      await pushed(id, { ...nothing, add: ['00uAda'], waiting: ['00uDan'] });
      const push = await claim(id, 'push-members');
      const [ada] = await readDueMembers(ledger, push, 10);
      await recordMembers(ledger, push, [{ userId: '00uAda', version: ada?.version ?? '', end: 'done' }]);
      const due = { tenant: 'acme', userId: '00uDan', priority: 3 };
      const other = await ledger.db.startTransaction().execute();
      if (by === 'an event') await requireMember(other, { ...due, groupId: '00gSpoke' });
      else await requireMembershipsOf(other, due);
      const ended = finishMembers(ledger, push, null);
      await until(
        () => waitingSessions(ledger.db),
        ({ length }) => length > 0,
      );
      await other.commit().execute();
      await ended;
      expect([await members(id), await messages(id)]).toMatchObject([[{ is_due: true }], ['push-members']]);
    },
  );

  test('that an event names while a comparison records it is due, and neither waits for the other', async () => {
    const id = await mapping();
    const attempt = await claim(id);
    const comparison = await ledger.db.startTransaction().execute();
    await sql`select from mirror_groups where id = ${id} for update`.execute(comparison);
    const named = requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00u1', priority: 3 });
    await until(
      () => waitingSessions(ledger.db),
      ({ length }) => length > 0,
    );
    expect(await compareRows(comparison, attempt, { ...nothing, add: ['00u1'] })).toBe(true);
    await comparison.commit().execute();
    await named;
    expect(await members(id)).toMatchObject([{ okta_user_id: '00u1', wanted: null, is_due: true }]);
  });

  test('is due once the person has a user in the hub', async () => {
    const id = await mapping();
    await pushed(id, { ...nothing, waiting: ['00uCyd'] });
    expect(await messages(id)).toEqual([]);
    await requireMembershipsOf(ledger.db, { tenant: 'globex', userId: '00uCyd', priority: 3 });
    expect(await messages(id)).toEqual([]);
    await sql`insert into mirrors (id, tenant, okta_user_id, lease_id) values ('mir_1', 'acme', '00uCyd', 'run_1')`.execute(
      ledger.db,
    );
    const attempt = {
      id: 'mir_1',
      tenant: 'acme',
      userId: '00uCyd',
      leaseId: 'run_1',
      failures: 0,
      state: 'creating',
      hubOrg: null,
      hubUserId: null,
      creatingLogin: null,
      isForced: false,
      isFirst: true,
      version: '1',
    } as const;
    await linkMirror(ledger, attempt, { hubOrg: hub.org, hubUserId: '00uHubCyd', state: 'linked' });
    expect([await messages(id), await members(id)]).toMatchObject([['push-members'], [{ is_due: true }]]);
  });

  test('that an event named while all were compared is asked about, also where the comparison saw it', async () => {
    const id = await mapping();
    const attempt = await claim(id);
    await requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00u1', priority: 3 });
    await requireMember(ledger.db, { tenant: 'acme', groupId: '00gSpoke', userId: '00u2', priority: 3 });
    await finishGroup(ledger, attempt, { ...found, members: { ...nothing, add: ['00u1'] } });
    expect(await members(id)).toMatchObject([
      { okta_user_id: '00u1', wanted: null, is_due: true },
      { okta_user_id: '00u2', wanted: null, is_due: true },
    ]);
  });

  test('of another attempt is not recorded by one that lost its lease', async () => {
    const id = await mapping();
    await pushed(id, { ...nothing, add: ['00u1'] });
    const attempt = { ...(await claim(id, 'push-members')), leaseId: 'run_other' };
    await recordMembers(ledger, attempt, [{ userId: '00u1', version: '1', end: 'done' }]);
    expect(await members(id)).toHaveLength(1);
    expect(await finishMembers(ledger, attempt, null)).toBe(false);
    expect(await messages(id)).toEqual(['push-members']);
  });

  test('is looked up among the people of its spoke alone', async () => {
    await person('acme', '00uAda', '00uHubAda');
    await person('globex', '00uAda', '00uHubOther');
    const ids = { spoke: ['00uAda'], hub: ['00uHubAda', '00uHubOther'] };
    const mirrors = await mirrorsOf(ledger, { tenant: 'acme', hubOrg: hub.org }, ids);
    expect([...mirrors]).toEqual([['00uAda', '00uHubAda']]);
    expect([...(await mirrorsOf(ledger, { tenant: 'acme', hubOrg: 'other' }, ids))]).toEqual([]);
  });
});
