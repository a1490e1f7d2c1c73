import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, idOf, write } from '../../testing/sample-directory.ts';
import type { Connection } from '../connections/connection.ts';
import { createUser } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { replaceUser } from '../users/replace-user.ts';
import { findPerson } from './find-person.ts';
import { readProfile } from './read-profile.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let [okta, entra]: Connection[] = [];
const oktaIdOf = (letter: string): string => `00u${letter.repeat(17)}`;

beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  okta = await aConnection(ledger);
  entra = await aConnection(ledger);
});

const connection = (which: Connection | undefined): Connection => {
  if (which === undefined) throw new RangeError('no connection');
  return which;
};
const provision = async (userName: string, externalId: string | null, which = okta): Promise<string> =>
  idOf(await write(ledger, by(connection(which)), (scope) => createUser(scope, withExternalId(userName, externalId))));
const withExternalId = (userName: string, externalId: string | null) => ({ ...aUser(userName), externalId });
const find = (userId: string | null, login: string | null, personId: string | null = null, tenant = 'acme') =>
  findPerson({ ledger, db: ledger.db }, tenant, { personId, userId, login });

test('a person is found by Okta id in whichever connection, and by login in any letter case', async () => {
  const id = await provision('ada@example.com', oktaIdOf('a'), entra);
  expect(await find(oktaIdOf('a'), 'renamed@example.com')).toEqual({ id, inactiveSince: null });
  expect(await find(null, 'ADA@example.com')).toEqual({ id, inactiveSince: null });
});

test('a login of someone with another Okta id is another person', async () => {
  await provision('bob@example.com', oktaIdOf('b'));
  expect(await find(oktaIdOf('x'), 'bob@example.com')).toBeNull();
});

test('between two of one Okta id the user name decides', async () => {
  const one = await provision('cy@example.com', oktaIdOf('c'));
  await provision('cy@other.example', oktaIdOf('c'), entra);
  expect(await find(oktaIdOf('c'), 'cy@example.com')).toMatchObject({ id: one });
  expect(await find(oktaIdOf('c'), 'unknown@example.com')).toBeNull();
});

test('a renamed person is the same, also where the client sends no Okta id', async () => {
  const id = await provision('di@example.com', 'employee-7');
  await write(ledger, by(connection(okta)), (scope) =>
    replaceUser(scope, { id, ifMatch: undefined }, withExternalId('di.new@example.com', 'employee-7')),
  );
  expect(await find(null, 'di@example.com', id)).toMatchObject({ id });
});

test('another tenant finds no person', async () => {
  const id = await provision('eve@example.com', oktaIdOf('e'));
  expect(await find(oktaIdOf('e'), 'eve@example.com', id, 'globex')).toBeNull();
});

test('one who was deleted is inactive while the event waits', async () => {
  const id = await provision('fay@example.com', oktaIdOf('f'));
  await write(ledger, by(connection(okta)), (scope) => deleteUser(scope, { id, ifMatch: undefined }));
  for (const found of [await find(oktaIdOf('f'), null), await find(null, 'fay@example.com')])
    expect(found).toEqual({ id: null, inactiveSince: expect.any(Date) });
  await ledger.db.updateTable('inbound_events').set({ state: 'accepted' }).where('source', '=', 'scim').execute();
  expect(await find(oktaIdOf('f'), 'fay@example.com')).toBeNull();
});

test('a profile is what the mapping makes of a person, and has no e-mail address also where the mapping names one', async () => {
  const mapping = [
    { source: 'street', path: 'addresses.streetAddress', target: 'streetAddress' },
    { source: 'mail', path: 'emails.value', target: 'email' },
    { source: 'mail', path: 'emails.value', target: 'secondEmail' },
  ];
  const hr = await aConnection(ledger, { mapping });
  const id = await provision('gus@example.com', null, hr);
  const address = { streetAddress: '17 Canary Wharf', locality: 'London' };
  await write(ledger, by(hr), (scope) =>
    replaceUser(
      scope,
      { id, ifMatch: undefined },
      {
        ...aUser('gus@example.com'),
        attributes: new Map([...aUser('gus@example.com').attributes, ['addresses', [address]]]),
      },
    ),
  );
  const sought = { personId: null, userId: null, login: 'gus@example.com' };
  expect(await readProfile(ledger, 'acme', sought)).toEqual({ streetAddress: '17 Canary Wharf' });
  expect(await readProfile(ledger, 'globex', sought)).toBeNull();
});
