import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { readUserPatch } from '@keycourier/scim-protocol/patch/read-patch';
import { sql, type KyselyPlugin } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, byHand, idOf, reading, triggerGroup, write } from '../testing/sample-directory.ts';
import type { Connection } from './connections/connection.ts';
import { createGroup } from './groups/create-group.ts';
import { readMembers } from './groups/read-members.ts';
import { deleteGroup, patchGroup } from './groups/write-group.ts';
import { readMembership } from './shipments/read-membership.ts';
import { createUser } from './users/create-user.ts';
import { deleteUser } from './users/delete-user.ts';
import { patchUser } from './users/patch-user.ts';
import { readUser } from './users/read-user.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection;
let tests = 0;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger({ maxConnections: 16 }));
  okta = await aConnection(ledger);
});
beforeEach(() => {
  tests += 1;
});

const rounds = 8;
const user = async (userName: string, origin = by(okta)): Promise<string> =>
  idOf(await write(ledger, origin, (scope) => createUser(scope, aUser(userName))));
const group = async (displayName: string, members: readonly string[]): Promise<string> =>
  idOf(await write(ledger, by(okta), (scope) => createGroup(scope, { displayName, externalId: null, members })));
const replaceOf = (value: Record<string, string | boolean>) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', value }],
});
const patch = (id: string, value: Record<string, string | boolean>, origin = by(okta)) =>
  write(ledger, origin, (scope) => patchUser(scope, { id }, readUserPatch(replaceOf(value))));
const membersOf = async (groupId: string): Promise<string[]> =>
  (await readMembers(reading(ledger, by(okta)), { groupId, limit: 500, withDisplay: false })).map(({ id }) => id);
const waitingForLocks = async (): Promise<number> => {
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(ledger.db);
  return rows.length;
};
const sizes = async () => {
  const { rows } = await sql<{ kept: string; counted: string }>`
    select (select sum(users) from directory_sizes) as kept, (select count(*) from people) as counted`.execute(
    ledger.db,
  );
  return rows[0];
};

test('PATCHes of one group at once all survive', async () => {
  const people = await Promise.all(Array.from({ length: 12 }, (_, n) => user(`g${tests}-${n}@example.com`)));
  const id = await group(`Together ${tests}`, people.slice(0, 4));
  const [leaving, joining] = [people.slice(0, 4), people.slice(4)];
  await Promise.all([
    ...joining.map((one) =>
      write(ledger, by(okta), (scope) => patchGroup(scope, { id }, [{ kind: 'add_members', ids: [one] }])),
    ),
    ...leaving.map((one) =>
      write(ledger, by(okta), (scope) => patchGroup(scope, { id }, [{ kind: 'remove_members', ids: [one] }])),
    ),
  ]);
  expect(await membersOf(id)).toEqual(joining.toSorted());
});

test('one who joins a group while being reactivated is an active member for the event of the join', async () => {
  const person = await user(`back-${tests}@example.com`);
  const id = await group(triggerGroup, []);
  await patch(person, { active: false });
  let commit = (): void => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  const isRead = new Promise<void>((resolve, reject) => {
    write(ledger, by(okta), async (scope) => {
      const applied = await patchUser(scope, { id: person }, readUserPatch(replaceOf({ active: true })));
      resolve();
      await committed;
      return applied;
    }).catch(reject);
  });
  await isRead;
  await write(ledger, by(okta), (scope) => patchGroup(scope, { id }, [{ kind: 'add_members', ids: [person] }]));
  let isAnswered = false;
  const membership = readMembership(ledger, okta.tenant, { personId: person, groupId: id }).finally(
    () => (isAnswered = true),
  );
  await until(
    async () => isAnswered || (await waitingForLocks()) > 0,
    (done) => done,
  );
  commit();
  expect(await membership).toMatchObject({ isActive: true });
});

describe('of two creates at once', () => {
  test('one makes the user and the other is a conflict', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 4 }, () =>
          write(ledger, by(okta), (scope) => createUser(scope, aUser(`twice-${tests}-${round}@example.com`))),
        ),
      );
      expect(outcomes.map((one) => one.outcome).toSorted()).toEqual(['created', 'refused', 'refused', 'refused']);
      expect(outcomes.filter((one) => one.outcome === 'refused')).toEqual(
        Array.from({ length: 3 }, () => expect.objectContaining({ status: 409, scimType: 'uniqueness' })),
      );
    }
  });

  test('one makes the group and the other is a conflict', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 3 }, () =>
          write(ledger, by(okta), (scope) =>
            createGroup(scope, { displayName: `Twice ${tests} ${round}`, externalId: null, members: [] }),
          ),
        ),
      );
      expect(outcomes.map((one) => one.outcome).toSorted()).toEqual(['created', 'refused', 'refused']);
    }
  });
});

test('two users who are renamed to one name at once, or to each other’s: one at most gets it, and both stay whole', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const [a, b] = [`a-${tests}-${round}@x.example`, `b-${tests}-${round}@x.example`];
    const [one, other] = [await user(a), await user(b)];
    const same = await Promise.all([one, other].map((id) => patch(id, { userName: `c-${tests}-${round}@x.example` })));
    expect(same.map(({ outcome }) => outcome).toSorted()).toEqual(['refused', 'updated']);
    const [renamed, kept] = same[0]?.outcome === 'updated' ? [one, other] : [other, one];
    // The name that became free, and the one that is in use.
    const crossed = await Promise.all([patch(renamed, { userName: b }), patch(kept, { userName: a })]);
    expect(crossed.some(({ outcome }) => outcome === 'refused' || outcome === 'updated')).toBe(true);
    const names = await Promise.all(
      [one, other].map(async (id) => (await readUser(reading(ledger, by(okta)), id))?.attributes.get('userName')),
    );
    expect(new Set(names).size).toBe(2);
  }
});

test('a deactivation and a claim at once: the person is inactive, or the former owner gets not_found', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const reader = by(await aConnection(ledger, { readAll: true }));
    const id = await user(`claimed-${tests}-${round}@x.example`);
    const [off, claim] = await Promise.all([patch(id, { active: false }), patch(id, { title: 'x' }, reader)]);
    expect(claim).toMatchObject({ outcome: 'updated', claimed: true });
    const person = await readUser(reading(ledger, byHand()), id);
    expect(person).toMatchObject(
      off.outcome === 'refused' ? { active: true, version: 2 } : { active: false, version: 3 },
    );
    if (off.outcome === 'refused') expect(off.status).toBe(404);
  }
});

test('a deletion and PATCHes of the user’s groups at once end without a deadlock, and without the user', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const [gone, stays] = [
      await user(`gone-${tests}-${round}@x.example`),
      await user(`stays-${tests}-${round}@x.example`),
    ];
    const groups = await Promise.all([1, 2, 3].map((n) => group(`${triggerGroup} ${tests} ${round} ${n}`, [gone])));
    const results = await Promise.all([
      write(ledger, by(okta), (scope) => deleteUser(scope, { id: gone })),
      ...groups.map((id) =>
        write(ledger, by(okta), (scope) => patchGroup(scope, { id }, [{ kind: 'add_members', ids: [gone, stays] }])),
      ),
      patch(gone, { title: 'x' }),
      write(ledger, by(okta), (scope) => deleteGroup(scope, { id: groups[2] ?? '' })),
    ]);
    expect(results[0]).toEqual({ outcome: 'deleted', id: gone });
    for (const result of results.slice(1))
      if (result.outcome === 'refused') expect([400, 404]).toContain(result.status);
    expect(await readUser(reading(ledger, by(okta)), gone)).toBeNull();
    for (const id of groups) expect(await membersOf(id)).not.toContain(gone);
  }
  expect(await sizes()).toMatchObject({ kept: (await sizes())?.counted });
});

describe('requests that lock groups in opposite order', () => {
  /** Waits until both have locked their first group; one that runs again waits no more. */
  const meeting = () => {
    let arrived = 0;
    return async (): Promise<void> => {
      arrived += 1;
      await until(
        () => arrived,
        (count) => count >= 2,
      );
    };
  };
  const inOrder = async (
    ids: readonly string[],
    { person, meet, runs }: { person: string; meet: () => Promise<void>; runs: string[] },
  ) =>
    write(ledger, by(okta), async (scope) => {
      runs.push(person);
      for (const id of ids) {
        await patchGroup(scope, { id }, [{ kind: 'add_members', ids: [person] }]);
        await meet();
      }
    });

  test('all succeed: the one that Postgres ends to resolve the deadlock runs again from its start', async () => {
    for (let round = 0; round < 2; round += 1) {
      const [one, other] = [
        await user(`circle-${tests}-${round}-1@x.example`),
        await user(`circle-${tests}-${round}-2@x.example`),
      ];
      const ids = [await group(`Circle ${tests} ${round} 1`, []), await group(`Circle ${tests} ${round} 2`, [])];
      const meet = meeting();
      const runs: string[] = [];
      await Promise.all([
        inOrder(ids, { person: one, meet, runs }),
        inOrder(ids.toReversed(), { person: other, meet, runs }),
      ]);
      // Postgres ends one of the two, or both, and may do so again.
      expect(runs.length).toBeGreaterThanOrEqual(3);
      for (const id of ids) expect(await membersOf(id)).toEqual([one, other].toSorted());
    }
  });

  test('one that is ended again and again fails at the fifth time, and leaves nothing', async () => {
    const id = await group(`Ended ${tests}`, []);
    let runs = 0;
    const ended = write(ledger, by(okta), async (scope) => {
      runs += 1;
      await patchGroup(scope, { id }, [{ kind: 'rename', displayName: `Never ${tests}` }]);
      await sql`do $$ begin raise exception using errcode = 'deadlock_detected'; end $$`.execute(scope.db);
    });
    await expect(ended).rejects.toMatchObject({ code: '40P01' });
    expect(runs).toBe(5);
    const row = await ledger.db.selectFrom('directory_groups').select('version').where('id', '=', id).execute();
    expect(row).toEqual([{ version: '1' }]);
  });
});

test('a request whose session is ended between any two statements leaves nothing of itself', async () => {
  const [one, other] = [await user(`cut-${tests}-1@x.example`), await user(`cut-${tests}-2@x.example`)];
  const id = await group(`${triggerGroup} cut ${tests}`, [one]);
  const dump = async () => {
    const { rows } = await sql<{ row: string }>`
      select row from (
        select 'p' || people::text as row from people union all select 'a' || person_attributes::text from person_attributes
        union all select 'g' || directory_groups::text from directory_groups
        union all select 'm' || directory_members::text from directory_members
        union all select 'e' || id from inbound_events union all select 'o' || subject_id from outbox
        union all select 's' || directory_sizes::text from directory_sizes) as everything order by row`.execute(
      ledger.db,
    );
    return rows.map(({ row }) => row);
  };
  const before = await dump();
  /** @returns how many statements it took */
  const whole = async (endAfter: number): Promise<number> => {
    let statements = 0;
    await write(ledger, by(okta), async (scope) => {
      const pid = (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(scope.db)).rows[0]?.pid;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          if (statements === endAfter) await sql`select pg_terminate_backend(${pid}::int)`.execute(ledger.db);
          statements += 1;
          return result;
        },
      };
      const counted = { ...scope, db: scope.db.withPlugin(counting) };
      await createUser(counted, aUser(`cut-${tests}-new@x.example`));
      await patchGroup(counted, { id }, [
        { kind: 'remove_members', ids: [one] },
        { kind: 'add_members', ids: [other] },
        { kind: 'rename', displayName: `Cut ${tests}` },
      ]);
      await deleteUser(counted, { id: one });
    });
    return statements;
  };
  const cut = [];
  for (let after = 0; ; after += 1) {
    const ended = await whole(after).catch(() => null);
    if (ended !== null) break;
    cut.push(after);
    expect(await dump()).toEqual(before);
  }
  // The first one that is not cut has no statement of this number.
  expect(cut.length).toBeGreaterThan(15);
  expect(await dump()).not.toEqual(before);
});
