import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import type { Connection } from '../directory/connections/connection.ts';
import { listFailures } from '../directory/connections/failures.ts';
import { createGroup } from '../directory/groups/create-group.ts';
import { patchGroup } from '../directory/groups/write-group.ts';
import { createUser } from '../directory/users/create-user.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, idOf, recordFailure, write } from '../testing/sample-directory.ts';
import { erasePeople, eraseScimFailures } from './erase-people.ts';
import { cutOffs } from './policy.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let clock: { now: Date };
let okta: Connection;
let active: string;
let left: string;
beforeEach(async () => {
  ({ ledger, clock } = await connectTestLedger());
  okta = await aConnection(ledger);
  const user = async (userName: string, isActive: boolean): Promise<string> =>
    idOf(await write(ledger, by(okta), (scope) => createUser(scope, aUser(userName, { active: isActive }))));
  [active, left] = [await user('active', true), await user('left', false)];
  await write(ledger, by(okta), (scope) =>
    createGroup(scope, { displayName: 'Staff', externalId: null, members: [active, left] }),
  );
  await recordFailure(ledger, okta, { subject: { id: left }, status: 400, scimType: null, detail: 'x' });
});

const retentions = { acme: { personalDataDays: 10, eventBodyDays: 1, auditDays: 365 } };
const cutOffsAfter = (days: number) =>
  cutOffs(retentions, 'personalDataDays', new Date(clock.now.getTime() + days * 24 * 3_600_000));
const people = async () => {
  const rows = await ledger.db.selectFrom('people').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
};

test('who is deactivated is deleted with everything about them when the retention of their tenant ends', async () => {
  expect(await erasePeople(ledger, cutOffsAfter(9.9), 10)).toBe(0);
  expect(await people()).toEqual([active, left].toSorted());
  expect(await erasePeople(ledger, cutOffsAfter(10.1), 10)).toBe(1);
  expect(await people()).toEqual([active]);
  const { rows } = await sql`
    select from person_attributes where person_id = ${left} union all select from directory_members where person_id = ${left}`.execute(
    ledger.db,
  );
  expect(rows).toEqual([]);
  const sizes = await sql<{ users: string }>`select sum(users) as users from directory_sizes`.execute(ledger.db);
  expect(sizes.rows).toEqual([{ users: '1' }]);
});

describe('the groups of who is deleted', () => {
  const versions = async () => {
    const rows = await ledger.db
      .selectFrom('directory_groups')
      .select(['display_name', 'version', 'last_modified'])
      .orderBy('folded')
      .execute();
    return rows.map(({ display_name: name, version, last_modified: at }) => ({ name, version, at }));
  };
  const group = (displayName: string, members: string[]) =>
    write(ledger, by(okta), (scope) => createGroup(scope, { displayName, externalId: null, members })).then(idOf);

  test('have another version, and no other group has', async () => {
    await group('All', [left]);
    await group('Others', [active]);
    const [all, others, staff] = await versions();
    clock.now = new Date(clock.now.getTime() + 1_000);
    expect(await erasePeople(ledger, cutOffsAfter(10.1), 10)).toBe(1);
    expect(await versions()).toEqual([
      { ...all, version: '2', at: clock.now },
      others,
      { ...staff, version: '2', at: clock.now },
    ]);
  });

  test('that a request is changing keep that person until it has ended, without a wait', async () => {
    const id = await group('Busy', [left]);
    await write(ledger, by(okta), async (scope) => {
      await patchGroup(scope, { id }, [{ kind: 'rename', displayName: 'Still busy' }]);
      expect(await erasePeople(ledger, cutOffsAfter(10.1), 10)).toBe(0);
    });
    expect(await people()).toEqual([active, left].toSorted());
    expect(await erasePeople(ledger, cutOffsAfter(10.1), 10)).toBe(1);
    expect(await people()).toEqual([active]);
  });
});

test('refusals of requests go with the same retention', async () => {
  const failures = () => listFailures(ledger, { tenant: 'acme', connectionId: okta.id, limit: 10 });
  expect(await eraseScimFailures(ledger, cutOffsAfter(9.9), 10)).toBe(0);
  expect(await failures()).toHaveLength(1);
  expect(await eraseScimFailures(ledger, cutOffsAfter(10.1), 10)).toBe(1);
  expect(await failures()).toEqual([]);
});
