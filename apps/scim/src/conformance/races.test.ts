import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createGroup } from '@keycourier/ledger/directory/groups/create-group';
import { by, write } from '@keycourier/ledger/testing/sample-directory';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { clientOf, idOf, patchOf } from '../testing/requests.ts';
import { runScim, triggerGroup, type Answer, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
beforeAll(async () => {
  scim = await runScim({ maxConnections: 8 });
  okta = clientOf(scim);
});
afterAll(() => scim.stop());

let number = 0;
let name = '';
beforeEach(() => {
  number += 1;
  name = `person-${number}@acme.example`;
});

type Send = () => Promise<Answer>;
type Holding = (work: () => Promise<void>) => Promise<void>;

/** A write gets as far as what it means for shipments, with its row written and not committed. */
const theInbox: Holding = (work) =>
  scim.ledger.db.transaction().execute(async (db) => {
    await sql`lock table inbound_events in share mode`.execute(db);
    await work();
  });

/** A create gets as far as counting its user, at the end of its statement. */
const theSizes: Holding = (work) =>
  scim.ledger.db.transaction().execute(async (db) => {
    await sql`lock table directory_sizes in share mode`.execute(db);
    await work();
  });

const theRow =
  (table: 'people' | 'directory_groups', id: string): Holding =>
  (work) =>
    scim.ledger.db.transaction().execute(async (db) => {
      await sql`select from ${sql.table(table)} where id = ${id} for update`.execute(db);
      await work();
    });

/** Holds the name of a group that another transaction creates, and then does not. */
const theGroupName =
  (displayName: string): Holding =>
  async (work) => {
    const undone = write(scim.ledger, by(scim.connection), async (scope) => {
      await createGroup(scope, { displayName, externalId: null, members: [] });
      await work();
      throw new RangeError('undone');
    });
    await expect(undone).rejects.toThrow('undone');
  };

const waiting = async (unlike = ''): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query not like ${unlike}`.execute(
    scim.ledger.db,
  );
  return rows[0]?.count ?? 0;
};

/**
 * Without statements that give up after 300 ms, as the first one of a new user does once it runs: where that took longer here, the
 * second request would come first.
 */
const waitingPatiently = (): Promise<number> => waiting('%lock_timeout%');

/** Sends each request when all before it wait for a lock; the test lets go of the first one when the last one waits, too. */
async function overlapping(holding: Holding, ...sends: readonly Send[]): Promise<readonly Answer[]> {
  const answers: Promise<Answer>[] = [];
  await holding(async () => {
    for (const send of sends) {
      answers.push(send());
      await until(holding === theSizes ? waitingPatiently : () => waiting(), (count) => count === answers.length);
    }
  });
  return Promise.all(answers);
}

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);
const taken = { schemas: expect.any(Array), status: '409', scimType: 'uniqueness', detail: expect.any(String) };

const create =
  (userName: string): Send =>
  () =>
    okta.send('POST', '/Users', { userName });
const rename = (id: string, userName: string): Send => patch(id, { userName });
const patch =
  (id: string, value: object): Send =>
  () =>
    okta.send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', value }));
const remove =
  (id: string): Send =>
  () =>
    okta.send('DELETE', `/Users/${id}`);
const ifMatch =
  (method: string, path: string, version: string, body?: object): Send =>
  () =>
    scim.call(method, path, { headers: { 'if-match': version }, ...(body && { body }) });

test('creates of the same moment are answered each by itself: who is new, who is there, and who cannot be read', async () => {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  const post = (body: object) => () => scim.call('POST', '/Users', { body: { schemas, ...body } });
  const names = Array.from({ length: 8 }, (_, n) => `moment-${n}@acme.example`);
  await okta.user('there@acme.example');
  const sends = [
    post({ userName: 'first@acme.example' }),
    ...names.map((userName) => post({ userName })),
    post({ userName: 'there@acme.example' }),
    post({ userName: 'MOMENT-1@acme.example' }),
    post({ displayName: 'without a name' }),
  ];
  const answers: Promise<Answer>[] = [];
  await theSizes(async () => {
    for (const send of sends) answers.push(send());
    await until(
      () => waiting(),
      (count) => count > 1,
    );
  });
  const all = await Promise.all(answers);
  const statuses = all.map(({ status }) => status);
  expect(statuses.toSorted((one, other) => one - other)).toEqual([
    ...Array.from({ length: 9 }, () => 201),
    400,
    409,
    409,
  ]);
  expect([statuses.at(0), statuses.at(9), statuses.at(11)]).toEqual([201, 409, 400]);
  const made = all.flatMap(({ status, body }) => (status === 201 ? [body] : []));
  expect(new Set(made.map((body) => JSON.stringify(body))).size).toBe(9);
});

describe('two creates of one user at once', () => {
  test('are one user, and a conflict with what the RFC calls it', async () => {
    const answers = await overlapping(theSizes, create(name), create(name.toUpperCase()));
    expect(statuses(answers)).toEqual([201, 409]);
    expect(answers[1]?.body).toEqual(taken);
    expect(await okta.users(`userName eq "${name}"`)).toHaveLength(1);
  });

  test('of which the first is undone are one user as well', async () => {
    const undone: Send = () =>
      okta.send('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        failOnErrors: 1,
        Operations: [
          { method: 'POST', path: '/Users', bulkId: 'a', data: { userName: name } },
          { method: 'DELETE', path: '/Users/bulkId:a' },
        ],
      });
    const answers = await overlapping(theSizes, undone, create(name));
    expect(statuses(answers)).toEqual([200, 201]);
    expect(await okta.users(`userName eq "${name}"`)).toHaveLength(1);
  });
});

describe('one name for two', () => {
  test.each(['people', 'groups'])('of %s who are renamed at once goes to one of them', async (which) => {
    if (which === 'people') {
      const [one, other] = [await okta.user(`one-${name}`), await okta.user(`other-${name}`)];
      const answers = await overlapping(theInbox, rename(one, name), rename(other, name));
      expect(statuses(answers)).toEqual([200, 409]);
      expect(answers[1]?.body).toEqual(taken);
      expect(await okta.users(`userName eq "${name}"`)).toEqual([one]);
      expect(await okta.users(`userName eq "other-${name}"`)).toEqual([other]);
      return;
    }
    const ids = [await okta.group(`One ${name}`), await okta.group(`Other ${name}`)];
    const body = patchOf({ op: 'replace', value: { displayName: name } });
    const renames = ids.map((id) => () => okta.send('PATCH', `/Groups/${id}`, body));
    const answers = await overlapping(theGroupName(name), ...renames);
    expect(statuses(answers).toSorted((a, b) => a - b)).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toEqual(taken);
  });

  test('that a create takes a moment before a rename is the new user’s', async () => {
    const renamed = await okta.user(`old-${name}`);
    const answers = await overlapping(theSizes, create(name), rename(renamed, name));
    expect(statuses(answers)).toEqual([201, 409]);
    expect(await okta.users(`userName eq "old-${name}"`)).toEqual([renamed]);
  });

  test('that a rename takes a moment before a create is the renamed user’s', async () => {
    const renamed = await okta.user(`old-${name}`);
    const answers = await overlapping(theInbox, rename(renamed, name), create(name));
    expect(statuses(answers)).toEqual([200, 409]);
    expect(answers[1]?.body).toEqual(taken);
    expect(await okta.users(`userName eq "${name}"`)).toEqual([renamed]);
  });

  test('that a rename gives up at the same time is free for a create', async () => {
    const renamed = await okta.user(name);
    const answers = await overlapping(theInbox, rename(renamed, `new-${name}`), create(name));
    expect(statuses(answers)).toEqual([200, 201]);
    expect(await okta.users(`userName eq "${name}"`)).not.toContain(renamed);
  });
});

describe('a version that another request changes meanwhile', () => {
  test('refuses a PUT with 412, and nothing of it is written', async () => {
    const id = await okta.user(name);
    const put = ifMatch('PUT', `/Users/${id}`, 'W/"1"', { userName: name, title: 'put' });
    const answers = await overlapping(theRow('people', id), patch(id, { title: 'patched' }), put);
    expect(statuses(answers)).toEqual([200, 412]);
    expect(await okta.read(`/Users/${id}`)).toMatchObject({ title: 'patched', meta: { version: 'W/"2"' } });
  });

  test('refuses the PATCH that comes second with 412; one that names no version is applied', async () => {
    const id = await okta.user(name);
    const put = ifMatch('PUT', `/Users/${id}`, 'W/"1"', { userName: name, title: 'put' });
    const stale = ifMatch('PATCH', `/Users/${id}`, 'W/"1"', patchOf({ op: 'add', path: 'title', value: 'stale' }));
    const answers = await overlapping(theRow('people', id), put, stale, patch(id, { displayName: 'Ada' }));
    expect(statuses(answers)).toEqual([200, 412, 200]);
    expect(await okta.read(`/Users/${id}`)).toMatchObject({ title: 'put', displayName: 'Ada' });
  });

  test('refuses a DELETE with 412', async () => {
    const id = await okta.user(name);
    const stale = ifMatch('DELETE', `/Users/${id}`, 'W/"1"');
    expect(statuses(await overlapping(theRow('people', id), patch(id, { title: 'kept' }), stale))).toEqual([200, 412]);
    expect(await okta.read(`/Users/${id}`)).toMatchObject({ title: 'kept' });
  });

  test('refuses a PUT of a group with 412', async () => {
    const [group, member] = [await okta.group(name), await okta.user(name)];
    const add: Send = () => okta.send('PATCH', `/Groups/${group}`, addOf(member));
    const put = ifMatch('PUT', `/Groups/${group}`, 'W/"1"', { displayName: name, members: [] });
    expect(statuses(await overlapping(theRow('directory_groups', group), add, put))).toEqual([204, 412]);
    expect(await okta.membersOf(group)).toEqual([member]);
  });
});

describe('a deletion and a change of one user at once', () => {
  test('leave no user: the change that comes second is answered 404', async () => {
    const id = await okta.user(name);
    expect(statuses(await overlapping(theRow('people', id), remove(id), patch(id, { title: 'x' })))).toEqual([
      204, 404,
    ]);
    expect(await okta.users(`userName eq "${name}"`)).toEqual([]);
  });

  test('leave no user: the change that comes first is answered with the user', async () => {
    const id = await okta.user(name);
    const answers = await overlapping(theRow('people', id), patch(id, { title: 'x' }), remove(id));
    expect(statuses(answers)).toEqual([200, 204]);
    expect(answers[0]?.body).toMatchObject({ title: 'x' });
    expect((await okta.send('GET', `/Users/${id}`)).status).toBe(404);
  });

  test('and a create of the same name is a new user, with an id of its own', async () => {
    const id = await okta.user(name);
    const [removed, created] = await overlapping(theInbox, remove(id), create(name));
    expect([removed?.status, created?.status]).toEqual([204, 201]);
    const [found] = await okta.users(`userName eq "${name}"`);
    expect(found).toBe(created && idOf(created));
    expect(found).not.toBe(id);
  });
});

test('a create while the user is deactivated restores the user under the same id', async () => {
  const id = await okta.user(name);
  const [off, created] = await overlapping(theInbox, patch(id, { active: false }), create(name));
  expect([off?.status, created?.status, created && idOf(created)]).toEqual([200, 201, id]);
  expect(await okta.read(`/Users/${id}`)).toMatchObject({ active: true });
});

const addOf = (...ids: readonly string[]) =>
  patchOf({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
const removeOf = (id: string) => patchOf({ op: 'remove', path: `members[value eq "${id}"]` });

describe('PATCHes of one group at once', () => {
  test('all survive, and each membership asks for its key once', async () => {
    const ids = [await okta.user(`1-${name}`), await okta.user(`2-${name}`), await okta.user(`3-${name}`)];
    const [gone = '', added = '', twice = ''] = ids;
    const group = (await groupOf(triggerGroup)) ?? (await okta.group(triggerGroup));
    await okta.patch(`/Groups/${group}`, ...addOf(gone).Operations);
    const send =
      (body: object): Send =>
      () =>
        okta.send('PATCH', `/Groups/${group}`, body);
    const before = await memberships();
    const answers = await overlapping(
      theRow('directory_groups', group),
      send(addOf(added)),
      send(removeOf(gone)),
      send(addOf(twice)),
      send(addOf(twice, added)),
    );
    expect(statuses(answers)).toEqual([204, 204, 204, 204]);
    expect(await okta.membersOf(group)).toEqual([added, twice].toSorted());
    const after = await memberships();
    expect([after.added - before.added, after.removed - before.removed]).toEqual([2, 1]);
  });

  test('of which one deletes the group are answered 404 after it', async () => {
    const [group, member] = [await okta.group(name), await okta.user(name)];
    const answers = await overlapping(
      theRow('directory_groups', group),
      () => okta.send('DELETE', `/Groups/${group}`),
      () => okta.send('PATCH', `/Groups/${group}`, addOf(member)),
    );
    expect(statuses(answers)).toEqual([204, 404]);
  });

  test('and a deletion of the user who is added: the user is gone, and no membership stays', async () => {
    const [group, member] = [await okta.group(name), await okta.user(name)];
    const add: Send = () => okta.send('PATCH', `/Groups/${group}`, addOf(member));
    const [removed, added] = await overlapping(theRow('people', member), remove(member), add);
    expect([removed?.status, added?.status, added?.body['scimType']]).toEqual([204, 400, 'invalidValue']);
    expect(await okta.membersOf(group)).toEqual([]);
  });
});

const groupOf = async (displayName: string): Promise<string | undefined> => {
  const { rows } = await sql<{ id: string }>`
    select id from directory_groups where display_name = ${displayName}`.execute(scim.ledger.db);
  return rows[0]?.id;
};

const memberships = async (): Promise<{ added: number; removed: number }> => {
  const { rows } = await sql<{ added: number; removed: number }>`
    select count(*) filter (where event_type = 'scim.group.member_added')::int as added,
      count(*) filter (where event_type = 'scim.group.member_removed')::int as removed
    from inbound_events where source = 'scim'`.execute(scim.ledger.db);
  return rows[0] ?? { added: 0, removed: 0 };
};
