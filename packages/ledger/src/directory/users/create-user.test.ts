import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseFilter } from '@keycourier/scim-protocol/filter/parse-filter';
import { wholeResource, type Projection } from '@keycourier/scim-protocol/resources/projection';
import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, directoryEvents, idOf, reading, write } from '../../testing/sample-directory.ts';
import type { Connection } from '../connections/connection.ts';
import { findConnectionByToken } from '../connections/find-connection.ts';
import { createEach, createUser, readyToCreate } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { listUsers } from './list-users.ts';
import { maxPageBytes, readUser } from './read-user.ts';
import { replaceUser } from './replace-user.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection & { token: string };
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  okta = await aConnection(ledger);
});

describe('a user of a connection', () => {
  test('is created, found, listed, replaced and deleted', async () => {
    expect(await findConnectionByToken(ledger, okta.id, okta.token)).toMatchObject({ connection: { id: okta.id } });
    const created = await write(ledger, by(okta), (scope) =>
      createUser(scope, aUser('Anna@example.com', { externalId: 'x1' })),
    );
    expect(created).toMatchObject({ outcome: 'created', id: expect.stringMatching(/^usr_[0-9a-z]{26}$/) });
    if (created.outcome !== 'created') return;
    const scope = reading(ledger, by(okta));
    const user = await readUser(scope, created.id);
    expect(user).toEqual(created.user);
    expect(user).toMatchObject({ active: true, version: 1, groups: [] });
    expect(user?.attributes.get('userName')).toBe('Anna@example.com');
    const list = (text: string) =>
      listUsers(scope, {
        filter: parseFilter(text, 'User'),
        sortBy: null,
        sortOrder: 'ascending',
        startIndex: 1,
        count: 10,
        projection: wholeResource,
      });
    for (const text of [
      'userName eq "ANNA@example.com"',
      'userName sw "an"',
      'emails.value co "mail"',
      'externalId eq "x1"',
      'emails[type eq "work" and value eq "anna@example.com@mail.example"]',
    ])
      expect(await list(text)).toMatchObject({ totalResults: 1, users: [{ id: created.id }] });
    expect(await list('userName eq "bert"')).toEqual({ totalResults: 0, users: [] });
    const replaced = await write(ledger, by(okta), (inner) =>
      replaceUser(inner, { id: created.id, ifMatch: 'W/"1"' }, aUser('Anna@example.com', { active: false })),
    );
    expect(replaced).toEqual({ outcome: 'updated', id: created.id, claimed: false });
    expect(await readUser(scope, created.id)).toMatchObject({ active: false, version: 2 });
    expect(await write(ledger, by(okta), (inner) => deleteUser(inner, { id: created.id }))).toEqual({
      outcome: 'deleted',
      id: created.id,
    });
    expect(await readUser(scope, created.id)).toBeNull();
  });
});

test('a page of large users ends where it has enough bytes, and the next one goes on there', async () => {
  const large = await aConnection(ledger, { name: 'Large' });
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) {
    const attributes = new Map([['title', 'x'.repeat(1_000_000)]]);
    ids.push(idOf(await write(ledger, by(large), (scope) => createUser(scope, aUser(`large${n}`, { attributes })))));
  }
  const page = (startIndex: number, text: string | null, projection: Projection = wholeResource) =>
    listUsers(reading(ledger, by(large)), {
      filter: text === null ? null : parseFilter(text, 'User'),
      sortBy: null,
      sortOrder: 'ascending',
      startIndex,
      count: 200,
      projection,
    });
  for (const text of [null, 'userName sw "large"', 'userName co "arge"']) {
    const first = await page(1, text);
    expect(first.totalResults).toBe(10);
    expect(first.users.length).toBe(Math.ceil(maxPageBytes / (1_000_000 * (4 / 3))));
    const rest = await page(first.users.length + 1, text);
    expect([...first.users, ...rest.users].map(({ id }) => id)).toEqual(ids.toSorted());
    expect((await page(1, text, { only: [], except: [] })).users).toHaveLength(10);
  }
});

const ready = (names: readonly string[]) =>
  names.flatMap((name) => {
    const user = aUser(`${name}@example.com`, { externalId: name.split('/')[0] ?? null });
    return readyToCreate(reading(ledger, by(okta)), user) ?? [];
  });

test('of users of the same moment each is created by one statement, and who is not new is left to be found', async () => {
  await write(ledger, by(okta), (scope) => createUser(scope, aUser('there@example.com', { externalId: 'at' })));
  const before = (await directoryEvents(ledger)).length;
  const users = ready(['one', 'there', 'two', 'two/again', 'at/there', 'three']);
  const created = await createEach(ledger, by(okta), [...users, ...ready(['one'])]);
  const names = created.map((user) => user?.attributes.get('userName') ?? null);
  expect(names).toEqual(['one@example.com', null, 'two@example.com', null, null, 'three@example.com', null]);
  const events = (await directoryEvents(ledger)).slice(before);
  const stored = created.filter((user) => user !== null);
  expect(events.map(({ personId }) => personId).toSorted()).toEqual(stored.map(({ id }) => id).toSorted());
  for (const user of stored) expect(await readUser(reading(ledger, by(okta)), user.id)).toEqual(user);
});

test('users of the same moment do not wait for one whom an open transaction creates, who is left to be found', async () => {
  const [held, other] = [ready(['held']), ready(['not-held'])];
  await ledger.db.connection().execute(async (db) => {
    const impatient = { ...ledger, db };
    // Longer than a statement may take: only a limit of its own ends the wait.
    await sql`set lock_timeout = '1h'`.execute(db);
    await ledger.db.transaction().execute(async (tx) => {
      await createEach({ ...ledger, db: tx }, by(okta), ready(['held']));
      await expect(createEach(impatient, by(okta), [...held, ...other])).rejects.toMatchObject({ code: '55P03' });
      expect(await createEach(impatient, by(okta), held)).toEqual([null]);
      expect(await createEach(impatient, by(okta), other)).toMatchObject([{ id: other[0]?.id }]);
    });
    expect((await sql`show lock_timeout`.execute(db)).rows).toEqual([{ lock_timeout: '1h' }]);
    await sql`reset lock_timeout`.execute(db);
  });
  expect(await createEach(ledger, by(okta), held)).toEqual([null]);
});

test('the statement of an import is planned once for a connection to the database, not for each user', async () => {
  const plans = await ledger.db.connection().execute(async (db) => {
    for (let n = 1; n <= 10; n += 1) await createEach({ ...ledger, db }, by(okta), ready([`planned-${n}`]));
    const { rows } = await sql<{ generic: string }>`
      select generic_plans as generic from pg_prepared_statements where statement like '%insert into people%'`.execute(
      db,
    );
    return rows.map(({ generic }) => Number(generic));
  });
  // Postgres tries the first five with plans of their own.
  expect(Math.max(...plans)).toBeGreaterThanOrEqual(4);
});
