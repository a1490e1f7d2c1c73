import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseFilter } from '@keycourier/scim-protocol/filter/parse-filter';
import type { GroupOperation } from '@keycourier/scim-protocol/patch/patch-operation';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import {
  aConnection,
  aUser,
  by,
  byHand,
  directoryEvents,
  idOf,
  reading,
  triggerGroup,
  write,
} from '../../testing/sample-directory.ts';
import type { Connection } from '../connections/connection.ts';
import { createUser } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { createGroup } from './create-group.ts';
import { listGroups, readGroup } from './read-groups.ts';
import { readMembers } from './read-members.ts';
import { deleteGroup, patchGroup, replaceGroup } from './write-group.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection;
let people: string[];
let tests = 0;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  okta = await aConnection(ledger);
  people = await Promise.all([1, 2, 3, 4].map((n) => user(`p${n}@example.com`)));
});
beforeEach(() => {
  tests += 1;
});

const user = async (userName: string, connection = okta): Promise<string> =>
  idOf(await write(ledger, by(connection), (scope) => createUser(scope, aUser(userName))));
const create = (displayName: string, members: readonly string[] = [], origin = by(okta)) =>
  write(ledger, origin, (scope) => createGroup(scope, { displayName, externalId: null, members }));
const group = async (displayName: string, members: readonly string[] = []): Promise<string> =>
  idOf(await create(displayName, members));
const patch = (id: string, operations: readonly GroupOperation[], ifMatch?: string) =>
  write(ledger, by(okta), (scope) => patchGroup(scope, { id, ifMatch }, operations));
const membersOf = async (groupId: string): Promise<string[]> =>
  (await readMembers(reading(ledger, by(okta)), { groupId, limit: 100, withDisplay: false })).map(({ id }) => id);
const versionOf = async (id: string) => (await readGroup(reading(ledger, by(okta)), id))?.version;
const ids = (...numbers: number[]): string[] => numbers.map((number) => people[number - 1] ?? 'missing');
const list = (text: string) =>
  listGroups(reading(ledger, by(okta)), {
    filter: parseFilter(text, 'Group'),
    sortBy: null,
    sortOrder: 'ascending',
    startIndex: 1,
    count: 10,
  });

describe('members', () => {
  test('are added, removed and replaced as sets, and named with a display', async () => {
    const id = await group(`Staff ${tests}`, ids(1));
    await patch(id, [{ kind: 'add_members', ids: ids(2, 3, 1) }]);
    expect(await membersOf(id)).toEqual(ids(1, 2, 3).toSorted());
    await patch(id, [
      { kind: 'remove_members', ids: ids(1, 4) },
      { kind: 'add_members', ids: ids(4) },
    ]);
    expect(await membersOf(id)).toEqual(ids(2, 3, 4).toSorted());
    await patch(id, [{ kind: 'replace_members', ids: ids(1, 2) }]);
    const members = await readMembers(reading(ledger, by(okta)), { groupId: id, limit: 1, withDisplay: true });
    expect(members).toEqual([{ id: ids(1, 2).toSorted()[0], display: expect.stringMatching(/^p[12]@example.com$/) }]);
    expect(
      await readMembers(reading(ledger, by(okta)), {
        groupId: id,
        limit: 5,
        withDisplay: false,
        after: members[0]?.id,
      }),
    ).toHaveLength(1);
    await patch(id, [{ kind: 'remove_all_members' }]);
    expect(await membersOf(id)).toEqual([]);
  });

  test.each<[string, GroupOperation[]]>([
    ['that are members', [{ kind: 'add_members', ids: ['0', '1'] }]],
    ['that are the whole list', [{ kind: 'replace_members', ids: ['1', '0'] }]],
    ['that are no members, to be removed', [{ kind: 'remove_members', ids: ['2', 'usr_unknown'] }]],
    ['as they were, with the same name', [{ kind: 'rename', displayName: 'kept' }]],
    [
      'removed and added again',
      [
        { kind: 'remove_members', ids: ['0'] },
        { kind: 'add_members', ids: ['0'] },
      ],
    ],
  ])('%s change neither version nor time', async (_title, operations) => {
    const name = `Same ${tests}`;
    const id = await group(name, ids(1, 2));
    const before = await readGroup(reading(ledger, by(okta)), id);
    const real = operations.map((operation): GroupOperation =>
      'ids' in operation
        ? { ...operation, ids: operation.ids.map((one) => people[Number(one)] ?? one) }
        : operation.kind === 'rename'
          ? { kind: 'rename', displayName: name }
          : operation,
    );
    expect(await patch(id, real)).toEqual({ outcome: 'unchanged', id, claimed: false });
    expect(await readGroup(reading(ledger, by(okta)), id)).toEqual(before);
  });

  test('that are unknown, or another connection’s or tenant’s, look alike and change nothing', async () => {
    const others = await aConnection(ledger);
    const elsewhere = await aConnection(ledger, {}, 'globex');
    const foreign = await user('foreign@example.com', others);
    const abroad = await user('abroad@example.com', elsewhere);
    const id = await group(`Guarded ${tests}`, ids(1));
    const refusals = [];
    for (const one of ['usr_none', foreign, abroad])
      refusals.push(
        await patch(id, [
          { kind: 'rename', displayName: 'Renamed' },
          { kind: 'replace_members', ids: [...ids(2), one] },
        ]),
        await create(`New ${tests}`, [one]),
        await write(ledger, by(okta), (scope) =>
          replaceGroup(scope, { id }, { displayName: 'x', externalId: null, members: [one] }),
        ),
      );
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
    expect(refusals[0]).toMatchObject({ outcome: 'refused', status: 400, scimType: 'invalidValue' });
    expect(await membersOf(id)).toEqual(ids(1));
    expect(await list('displayName sw "New" or displayName eq "Renamed"')).toEqual({ totalResults: 0, groups: [] });
  });

  test('stay where a PUT does not name them, and are gone where it names none', async () => {
    const id = await group(`Put ${tests}`, ids(1, 2));
    const put = (members: string[] | undefined) =>
      write(ledger, by(okta), (scope) =>
        replaceGroup(scope, { id }, { displayName: `Put ${tests}`, externalId: 'g1', members }),
      );
    await put(undefined);
    expect(await membersOf(id)).toHaveLength(2);
    await put([]);
    expect(await membersOf(id)).toHaveLength(0);
  });

  test('who are deleted are members no more, and the group has another version', async () => {
    const gone = await user('gone@example.com');
    const id = await group(`Left ${tests}`, [gone, ...ids(1)]);
    expect(await write(ledger, by(okta), (scope) => deleteUser(scope, { id: gone }))).toMatchObject({
      outcome: 'deleted',
    });
    expect(await membersOf(id)).toEqual(ids(1));
    expect(await versionOf(id)).toBe(2);
  });
});

describe('a name', () => {
  test('is unique in any letter case, also beyond ASCII', async () => {
    const id = await group('Ärzte');
    expect(await create('ärzte')).toMatchObject({ outcome: 'refused', status: 409, scimType: 'uniqueness' });
    const other = await group('Pflege');
    expect(await patch(other, [{ kind: 'rename', displayName: 'ÄRZTE' }])).toMatchObject({ status: 409 });
    expect(await patch(id, [{ kind: 'rename', displayName: 'ÄRZTE' }])).toMatchObject({ outcome: 'updated' });
    expect(await list('displayName eq "ärzte"')).toMatchObject({ totalResults: 1, groups: [{ displayName: 'ÄRZTE' }] });
  });

  test('that another origin owns is a conflict that says what to switch on, or is taken over', async () => {
    const name = `By hand ${tests}`;
    const id = idOf(await create(name, [], byHand()));
    expect(await create(name)).toMatchObject({ status: 409, detail: expect.stringContaining('include manually') });
    const taking = await aConnection(ledger, { includeManual: true });
    expect(await create(name, [], by(taking))).toEqual({ outcome: 'linked', id });
    expect(await readGroup(reading(ledger, byHand()), id)).toMatchObject({ owner: taking.id });
    expect(await create(name)).toMatchObject({ status: 409, detail: expect.stringContaining('read all') });
    expect(await create(name, [], byHand())).toMatchObject({ reason: 'owned_by_client' });
  });
});

describe('filters of groups', () => {
  test.each([
    ['displayName eq "FILTERED one"', 1],
    ['displayName sw "filtered"', 2],
    ['displayName ew "ONE" and not (displayName co "x")', 1],
    ['displayName sw "Filtered" and members eq "$1"', 1],
    ['displayName sw "Filtered" and members[value eq "$1" and type eq "User"]', 1],
    ['displayName sw "Filtered" and members.value ne "$1"', 1],
    ['displayName sw "Filtered" and members pr', 1],
    ['displayName sw "Filtered" and not (members pr)', 1],
    ['displayName sw "Filtered" and meta.created gt "2001-01-01T00:00:00Z"', 2],
    ['displayName gt "filtered o" and displayName lt "filtered p"', 1],
    ['displayName sw "Filtered" and externalId pr', 0],
  ])('%s finds %i', async (text, count) => {
    if ((await list('displayName sw "filtered"')).totalResults === 0) {
      await group('Filtered one', ids(1, 2));
      await group('Filtered two');
    }
    expect((await list(text.replace('$1', ids(1)[0] ?? ''))).totalResults).toBe(count);
  });

  test('by what is not stored are refused', async () => {
    await expect(list('members.display eq "x"')).rejects.toMatchObject({ status: 400, scimType: 'invalidFilter' });
  });
});

describe('a version', () => {
  test('that is not the present one is refused, and nothing is changed', async () => {
    const id = await group(`Version ${tests}`);
    expect(await patch(id, [{ kind: 'rename', displayName: 'no' }], 'W/"7"')).toMatchObject({ status: 412 });
    expect(await write(ledger, by(okta), (scope) => deleteGroup(scope, { id, ifMatch: '"7"' }))).toMatchObject({
      status: 412,
    });
    expect(await patch(id, [{ kind: 'add_members', ids: ids(1) }], 'W/"1"')).toMatchObject({ outcome: 'updated' });
    expect(await versionOf(id)).toBe(2);
  });
});

describe('events of memberships', () => {
  const since = async (work: () => Promise<unknown>) => {
    const before = (await directoryEvents(ledger)).length;
    await work();
    return (await directoryEvents(ledger)).slice(before).map(({ eventType, personId }) => [eventType, personId]);
  };
  const [added, removed] = ['scim.group.member_added', 'scim.group.member_removed'];

  test('come once for each effective membership of a group that makes shipments', async () => {
    const id = await group(`${triggerGroup} ${tests}`, ids(1));
    const [event] = (await directoryEvents(ledger)).slice(-1);
    expect(event).toMatchObject({
      eventType: added,
      personId: ids(1)[0],
      userName: 'p1@example.com',
      groupId: id,
      groupName: `${triggerGroup} ${tests}`,
      membershipId: expect.stringMatching(/^mem_/),
    });
    expect(await since(() => patch(id, [{ kind: 'add_members', ids: ids(1, 2) }]))).toEqual([[added, ids(2)[0]]]);
    // The same push again.
    expect(await since(() => patch(id, [{ kind: 'replace_members', ids: ids(1, 2) }]))).toEqual([]);
    expect(await since(() => patch(id, [{ kind: 'replace_members', ids: ids(2, 3) }]))).toEqual([
      [removed, ids(1)[0]],
      [added, ids(3)[0]],
    ]);
    const rename = (displayName: string) => () => patch(id, [{ kind: 'rename', displayName }]);
    expect(new Set(await since(rename(`Former ${tests}`)))).toEqual(new Set(ids(2, 3).map((one) => [removed, one])));
    expect(await since(() => patch(id, [{ kind: 'add_members', ids: ids(4) }]))).toEqual([]);
    expect(new Set(await since(rename(`${triggerGroup} again`)))).toEqual(
      new Set(ids(2, 3, 4).map((one) => [added, one])),
    );
    expect(await since(() => write(ledger, by(okta), (scope) => deleteGroup(scope, { id })))).toHaveLength(3);
  });

  test('of a request that is rolled back are none', async () => {
    const id = await group(`${triggerGroup} ${tests}`);
    expect(
      await since(() =>
        patch(id, [
          { kind: 'add_members', ids: ids(1) },
          { kind: 'add_members', ids: ['usr_none'] },
        ]),
      ),
    ).toEqual([]);
    expect(await membersOf(id)).toEqual([]);
  });
});
