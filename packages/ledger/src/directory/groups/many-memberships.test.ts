import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { membersEvent, type MembersEvent } from '@keycourier/journey/1-intake/directory-event';

import type { Ledger } from '../../connect-ledger.ts';
import { readEvent } from '../../events/read-event.ts';
import { repairOutbox } from '../../outbox/repair-outbox.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, idOf, triggerGroup, write } from '../../testing/sample-directory.ts';
import type { Connection } from '../connections/connection.ts';
import { createNewUsers } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { createGroup } from './create-group.ts';
import { recordMembers } from './many-memberships.ts';
import { patchGroup } from './write-group.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection;
let people: readonly string[];
let id: string;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  okta = await aConnection(ledger);
  const users = Array.from({ length: 1_001 }, (_, n) => aUser(`p${n}@example.com`, { externalId: `e${n}` }));
  const created = await write(ledger, by(okta), (scope) => createNewUsers(scope, users));
  people = created?.map((user) => user.id) ?? [];
  id = idOf(
    await write(ledger, by(okta), (scope) =>
      createGroup(scope, { displayName: triggerGroup, externalId: null, members: people }),
    ),
  );
});

const stored = async (eventType: string) =>
  ledger.db
    .selectFrom('inbound_events')
    .leftJoin('outbox', 'subject_id', 'inbound_events.id')
    .select(['inbound_events.id', 'uuid', 'login_index', 'published', 'step'])
    .where('event_type', '=', eventType)
    .orderBy('inbound_events.id')
    .execute();

async function theOne(eventType: string): Promise<MembersEvent> {
  const [only, ...others] = await stored(eventType);
  expect(others).toEqual([]);
  return membersEvent.parse((await readEvent(ledger, only?.id ?? ''))?.body);
}

describe('the memberships of hundreds, made by one write,', () => {
  test('are one event that names them by ids alone', async () => {
    const event = await theOne('scim.group.members_added');
    expect(await stored('scim.group.members_added')).toMatchObject([{ step: 'expand-members' }]);
    expect(event).toMatchObject({ groupId: id, groupName: triggerGroup, by: okta.id });
    expect(event.members.map(([person]) => person).toSorted()).toEqual(people.toSorted());
    expect(JSON.stringify(event)).not.toContain('@example.com');
    expect(await stored('scim.group.member_added')).toEqual([]);
  });

  test('get their message back where it was deleted, as that of the same step', async () => {
    const [one] = await stored('scim.group.members_added');
    await ledger.db
      .deleteFrom('outbox')
      .where('subject_id', '=', one?.id ?? '')
      .execute();
    expect(await repairOutbox(ledger, 1_000)).toEqual([one?.id]);
    expect(await stored('scim.group.members_added')).toEqual([one]);
  });

  test('become an event with a message for each member, each once, wherever a process died', async () => {
    const event = await theOne('scim.group.members_added');
    await recordMembers(ledger, 'acme', { ...event, members: event.members.slice(0, 500) });
    const before = await stored('scim.group.member_added');
    await recordMembers(ledger, 'acme', event);
    await recordMembers(ledger, 'acme', event);
    const all = await stored('scim.group.member_added');
    expect([before.length, all.length, new Set(all.map(({ uuid }) => uuid)).size]).toEqual([500, 1_001, 1_001]);
    expect(all.slice(0, 500)).toEqual(before);
    expect(new Set(all.map((one) => one.login_index)).size).toBe(1_001);
    for (const one of all) expect(one).toMatchObject({ step: 'accept-event', published: event.published });
    const last = await readEvent(ledger, all.at(-1)?.id ?? '');
    const [personId, membershipId] = event.members.at(-1) ?? [];
    expect(last?.body).toMatchObject({ personId, membershipId, groupId: id, groupName: triggerGroup, by: okta.id });
  });

  test('end as one event, too, which is recorded though one of them has been deleted since', async () => {
    await write(ledger, by(okta), (scope) => patchGroup(scope, { id }, [{ kind: 'remove_all_members' }]));
    const event = await theOne('scim.group.members_removed');
    expect(event.members.length).toBe(1_001);
    await write(ledger, by(okta), (scope) => deleteUser(scope, { id: people[0] ?? '' }));
    await recordMembers(ledger, 'acme', event);
    const removed = await stored('scim.group.member_removed');
    expect([removed.length, removed.filter((one) => one.login_index === null).length]).toEqual([1_001, 1]);
  });
});
