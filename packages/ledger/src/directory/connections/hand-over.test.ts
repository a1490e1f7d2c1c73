import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readUserPatch } from '@keycourier/scim-protocol/patch/read-patch';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, byHand, idOf, reading, write } from '../../testing/sample-directory.ts';
import { createGroup } from '../groups/create-group.ts';
import { listGroupsForOperators } from '../groups/list-for-operators.ts';
import { deleteGroup, patchGroup } from '../groups/write-group.ts';
import { createUser } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { patchUser } from '../users/patch-user.ts';
import { readUser } from '../users/read-user.ts';
import type { Connection } from './connection.ts';
import { revokeConnection } from './connections.ts';
import { handOver } from './hand-over.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let former: Connection;
let user = '';
let group = '';
let tests = 0;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
beforeEach(async () => {
  tests += 1;
  former = await aConnection(ledger);
  user = await create(`user-${tests}`);
  const made = { displayName: `Group ${tests}`, externalId: 'g', members: [user] };
  group = idOf(await write(ledger, by(former), (scope) => createGroup(scope, made)));
});

const create = async (userName: string): Promise<string> =>
  idOf(await write(ledger, by(former), (scope) => createUser(scope, aUser(userName, { externalId: userName }))));
const change = (title: string) =>
  write(ledger, byHand(), (scope) =>
    patchUser(
      scope,
      { id: user },
      readUserPatch({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'add', path: 'title', value: title }],
      }),
    ),
  );
const rename = () =>
  write(ledger, byHand(), (scope) =>
    patchGroup(scope, { id: group }, [{ kind: 'rename', displayName: `Renamed ${tests}` }]),
  );
const revoke = () => revokeConnection(ledger, 'acme', former.id);
const read = (origin = byHand()) => readUser(reading(ledger, origin), user);
const groupOf = async () => (await listGroupsForOperators(ledger, { tenant: 'acme', id: group, limit: 1 })).items[0];
const refused = { outcome: 'refused', reason: 'owned_by_client' };

describe('what a live connection owns', () => {
  test('operators do not change, delete or hand over', async () => {
    expect([await change('Dr'), await rename()]).toMatchObject([refused, refused]);
    expect(await write(ledger, byHand(), (scope) => deleteUser(scope, { id: user }))).toMatchObject(refused);
    expect(await write(ledger, byHand(), (scope) => deleteGroup(scope, { id: group }))).toMatchObject(refused);
    const to = 'manual';
    expect(await handOver(ledger, { tenant: 'acme', from: former.id, to })).toEqual({ outcome: 'not_revoked' });
    expect(await read()).toMatchObject({ owner: former.id });
  });
});

describe('what a revoked connection owns', () => {
  beforeEach(() => revoke());

  test('operators change, and own from then on', async () => {
    expect(await change('Dr')).toEqual({ outcome: 'updated', id: user, claimed: true });
    expect(await rename()).toEqual({ outcome: 'updated', id: group, claimed: true });
    expect(await read()).toMatchObject({ owner: 'manual', externalId: null });
    expect((await read())?.attributes.get('title')).toBe('Dr');
    expect(await groupOf()).toMatchObject({ owner: 'manual', displayName: `Renamed ${tests}`, members: 1 });
  });

  test('operators delete', async () => {
    expect(await write(ledger, byHand(), (scope) => deleteUser(scope, { id: user }))).toMatchObject({ id: user });
    expect(await write(ledger, byHand(), (scope) => deleteGroup(scope, { id: group }))).toMatchObject({ id: group });
    expect([await read(), await groupOf()]).toEqual([null, undefined]);
  });

  test('is not overwritten by an operator who enters the same name as a new one', async () => {
    expect(await write(ledger, byHand(), (scope) => createUser(scope, aUser(`user-${tests}`)))).toMatchObject({
      reason: 'user_name_taken',
    });
    const again = { displayName: `group ${tests}`, externalId: null, members: [] };
    expect(await write(ledger, byHand(), (scope) => createGroup(scope, again))).toMatchObject({
      reason: 'group_name_taken',
    });
    expect(await read()).toMatchObject({ owner: former.id });
  });

  test('another client’s write does not claim without "read all"', async () => {
    const other = by(await aConnection(ledger, { includeManual: true }));
    expect(await write(ledger, other, (scope) => deleteUser(scope, { id: user }))).toMatchObject({ status: 404 });
  });

  test('is handed over a part at a time, with ids and memberships, and without the former client’s externalId', async () => {
    const more = [await create(`more-${tests}-1`), await create(`more-${tests}-2`)];
    const next = await aConnection(ledger);
    const step = () => handOver(ledger, { tenant: 'acme', from: former.id, to: next.id, limit: 2 });
    expect(await step()).toEqual({ outcome: 'handed_over', people: 2, groups: 1, isComplete: false });
    expect(await step()).toEqual({ outcome: 'handed_over', people: 1, groups: 0, isComplete: true });
    expect(await step()).toEqual({ outcome: 'handed_over', people: 0, groups: 0, isComplete: true });
    for (const id of [user, ...more])
      expect(await readUser(reading(ledger, by(next)), id)).toMatchObject({ owner: next.id, externalId: null });
    expect(await read(by(next))).toMatchObject({ groups: [{ id: group, displayName: `Group ${tests}` }] });
    expect(await groupOf()).toMatchObject({ owner: next.id, members: 1 });
  });

  test('goes to no revoked connection and to no other tenant’s', async () => {
    const dead = await aConnection(ledger);
    await revokeConnection(ledger, 'acme', dead.id);
    const foreign = await aConnection(ledger, {}, 'globex');
    for (const to of [dead.id, foreign.id, 'x'])
      expect(await handOver(ledger, { tenant: 'acme', from: former.id, to })).toEqual({ outcome: 'no_such_owner' });
    const from = former.id;
    expect(await handOver(ledger, { tenant: 'globex', from, to: 'manual' })).toEqual({ outcome: 'not_found' });
  });
});
