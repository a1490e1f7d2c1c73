import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseFilter } from '@keycourier/scim-protocol/filter/parse-filter';
import { readUserPatch } from '@keycourier/scim-protocol/patch/read-patch';
import { wholeResource } from '@keycourier/scim-protocol/resources/projection';
import { findReference } from '@keycourier/scim-protocol/schemas/find-reference';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, byHand, idOf, reading, recordFailure, write } from '../testing/sample-directory.ts';
import type { Connection } from './connections/connection.ts';
import { readConnection, revokeConnection, updateConnection } from './connections/connections.ts';
import { readCounts } from './connections/counts.ts';
import { listFailures } from './connections/failures.ts';
import { findConnectionByToken } from './connections/find-connection.ts';
import { listPeople } from './connections/list-people.ts';
import { createToken, listTokens, revokeToken } from './connections/tokens.ts';
import { createGroup } from './groups/create-group.ts';
import { listGroups, readGroup } from './groups/read-groups.ts';
import { readMembers } from './groups/read-members.ts';
import { deleteGroup, patchGroup, replaceGroup } from './groups/write-group.ts';
import type { Origin } from './scope.ts';
import { createUser } from './users/create-user.ts';
import { deleteUser } from './users/delete-user.ts';
import { listUsers } from './users/list-users.ts';
import { patchUser } from './users/patch-user.ts';
import { readUser } from './users/read-user.ts';
import { replaceUser } from './users/replace-user.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection & { token: string };
let person: string;
let group: string;
const origins: [string, Origin][] = [];
const unknown = { user: 'usr_00000000000000000000000000', group: 'grp_00000000000000000000000000' };
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  okta = await aConnection(ledger);
  person = idOf(
    await write(ledger, by(okta), (scope) => createUser(scope, aUser('anna@example.com', { externalId: 'e1' }))),
  );
  group = idOf(
    await write(ledger, by(okta), (scope) =>
      createGroup(scope, { displayName: 'Staff', externalId: 'g1', members: [person] }),
    ),
  );
  origins.push(
    ['another connection', by(await aConnection(ledger))],
    ['one that includes people entered by hand', by(await aConnection(ledger, { includeManual: true }))],
    [
      'another tenant’s that reads all',
      by(await aConnection(ledger, { readAll: true, includeManual: true }, 'globex')),
    ],
    ['another tenant’s operators', byHand('globex')],
  );
});

const patchBody = (value: Record<string, string>) =>
  readUserPatch({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', value }] });
const inTx =
  (origin: Origin) =>
  <Result>(work: Parameters<typeof write<Result>>[2]) =>
    write(ledger, origin, work);

/** Every read and write that takes an id, for an id of one's own, of another's, or of none. */
const byId: Record<string, (origin: Origin, ids: { user: string; group: string }) => Promise<unknown>> = {
  readUser: (origin, ids) => readUser(reading(ledger, origin), ids.user),
  replaceUser: (origin, ids) =>
    inTx(origin)((scope) => replaceUser(scope, { id: ids.user, ifMatch: '"1"' }, aUser('x'))),
  'replaceUser, with a stale version': (origin, ids) =>
    inTx(origin)((scope) => replaceUser(scope, { id: ids.user, ifMatch: '"9"' }, aUser('x'))),
  patchUser: (origin, ids) => inTx(origin)((scope) => patchUser(scope, { id: ids.user }, patchBody({ title: 'x' }))),
  deleteUser: (origin, ids) => inTx(origin)((scope) => deleteUser(scope, { id: ids.user })),
  readGroup: (origin, ids) => readGroup(reading(ledger, origin), ids.group),
  readMembers: (origin, ids) =>
    readMembers(reading(ledger, origin), { groupId: ids.group, limit: 10, withDisplay: true }),
  replaceGroup: (origin, ids) =>
    inTx(origin)((scope) =>
      replaceGroup(scope, { id: ids.group }, { displayName: 'x', externalId: null, members: undefined }),
    ),
  patchGroup: (origin, ids) =>
    inTx(origin)((scope) => patchGroup(scope, { id: ids.group, ifMatch: '"9"' }, [{ kind: 'remove_all_members' }])),
  deleteGroup: (origin, ids) => inTx(origin)((scope) => deleteGroup(scope, { id: ids.group })),
  'a member of a new group': (origin, ids) =>
    inTx(origin)((scope) => createGroup(scope, { displayName: 'y', externalId: null, members: [ids.user] })),
};

describe.each(Object.keys(byId))('%s', (name) => {
  test('answers for another’s id as for one that does not exist, and changes nothing', async () => {
    const before = [
      await readUser(reading(ledger, by(okta)), person),
      await readGroup(reading(ledger, by(okta)), group),
    ];
    for (const [, origin] of origins) {
      const [theirs, nobodys] = [
        await byId[name]?.(origin, { user: person, group }),
        await byId[name]?.(origin, unknown),
      ];
      expect(theirs).toEqual(nobodys);
      if (theirs !== null && !Array.isArray(theirs)) expect(theirs).toMatchObject({ outcome: 'refused' });
    }
    expect([
      await readUser(reading(ledger, by(okta)), person),
      await readGroup(reading(ledger, by(okta)), group),
    ]).toEqual(before);
    expect(before).toEqual([expect.objectContaining({ id: person }), expect.objectContaining({ id: group })]);
  });
});

const page = { sortOrder: 'ascending', startIndex: 1, count: 10, projection: wholeResource } as const;

describe('lists', () => {
  test.each([
    'userName eq "anna@example.com"',
    'userName sw "a"',
    'userName co "a"',
    'externalId eq "e1"',
    'emails.value eq "anna@example.com@mail.example"',
    'active eq true',
    'groups pr',
    'not (title pr)',
    'userName ne "x"',
    'id pr or title eq "x"',
  ])('of users by %s have one’s own people alone', async (text) => {
    const list = (origin: Origin, sortBy: string | null = null) =>
      listUsers(reading(ledger, origin), {
        ...page,
        filter: parseFilter(text, 'User'),
        sortBy: sortBy === null ? null : findReference(sortBy, 'User'),
      });
    for (const [, origin] of origins)
      for (const sortBy of [null, 'userName', 'meta.created'])
        expect(await list(origin, sortBy)).toEqual({ totalResults: 0, users: [] });
    expect(await list(by(okta))).toMatchObject({ totalResults: 1, users: [{ id: person }] });
  });

  test('without a filter, and their totals, too', async () => {
    for (const [, origin] of origins) {
      const scope = reading(ledger, origin);
      expect(await listUsers(scope, { ...page, filter: null, sortBy: null })).toEqual({ totalResults: 0, users: [] });
      expect(await listGroups(scope, { ...page, filter: null, sortBy: null })).toEqual({ totalResults: 0, groups: [] });
      const filter = parseFilter(`members eq "${person}" or displayName pr or externalId eq "g1"`, 'Group');
      expect(await listGroups(scope, { ...page, filter, sortBy: null })).toEqual({ totalResults: 0, groups: [] });
    }
    expect(await listUsers(reading(ledger, by(okta)), { ...page, filter: null, sortBy: null })).toMatchObject({
      totalResults: 1,
    });
  });

  test('for operators have their own tenant’s people alone', async () => {
    expect(await listPeople(ledger, { tenant: 'globex', limit: 10 })).toEqual({ items: [], nextCursor: null });
    expect((await listPeople(ledger, { tenant: 'globex', owner: okta.id, limit: 10 })).items).toEqual([]);
    expect((await listPeople(ledger, { tenant: 'acme', userName: 'ANNA@example.com', limit: 10 })).items).toMatchObject(
      [{ id: person, userName: 'anna@example.com', owner: okta.id, active: true, lastError: null }],
    );
  });
});

describe('a connection', () => {
  test('of another tenant is none', async () => {
    const foreign = { tenant: 'globex', connectionId: okta.id };
    expect(await readConnection(ledger, 'globex', okta.id)).toBeNull();
    expect(await updateConnection(ledger, { tenant: 'globex', id: okta.id, options: { readAll: true } })).toEqual({
      outcome: 'not_found',
    });
    expect(await revokeConnection(ledger, 'globex', okta.id)).toBe(false);
    expect(await createToken(ledger, foreign, { kind: 'bearer' })).toEqual({ outcome: 'not_found' });
    expect(await listTokens(ledger, foreign)).toEqual([]);
    const [token] = await listTokens(ledger, { tenant: 'acme', connectionId: okta.id });
    expect(await revokeToken(ledger, foreign, token?.id ?? '')).toBe(false);
    await recordFailure(ledger, okta, { subject: { id: person }, status: 400, scimType: null, detail: 'x' });
    expect(await listFailures(ledger, { ...foreign, limit: 10 })).toEqual([]);
    expect(await readCounts(ledger, { ...foreign, days: 10 })).toEqual([]);
    expect(await findConnectionByToken(ledger, okta.id, okta.token)).not.toBeNull();
  });

  test('is not opened by another one’s token', async () => {
    const other = await aConnection(ledger);
    expect(await findConnectionByToken(ledger, okta.id, other.token)).toBeNull();
    expect(await findConnectionByToken(ledger, 'none', okta.token)).toBeNull();
  });
});
