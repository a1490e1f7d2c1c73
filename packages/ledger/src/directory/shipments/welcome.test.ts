import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, idOf, write } from '../../testing/sample-directory.ts';
import type { Connection } from '../connections/connection.ts';
import { createUser } from '../users/create-user.ts';
import { replaceUser } from '../users/replace-user.ts';
import { claimWelcome, releaseWelcome, welcomeEveryMs } from './welcome.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let clock: { now: Date };
beforeAll(async () => {
  const opened = await connectTestLedger();
  ({ ledger, clock } = opened);
});

const provision = async (connection: Connection, userName: string, emails?: unknown[]): Promise<string> => {
  const user = aUser(userName);
  const attributes = new Map(user.attributes);
  if (emails !== undefined) attributes.set('emails', JSON.parse(JSON.stringify(emails)));
  return idOf(await write(ledger, by(connection), (scope) => createUser(scope, { ...user, attributes })));
};
const claim = (personId: string, canMail = true) => claimWelcome(ledger, { tenant: 'acme', personId, canMail });
const sending = () => aConnection(ledger, { sendEnrollmentMails: true });

test('a person is claimed once, however many attempts there are at once', async () => {
  const id = await provision(await sending(), 'ada');
  const claims = await Promise.all([claim(id), claim(id), claim(id)]);
  expect(claims.filter(({ outcome }) => outcome === 'claimed')).toEqual([
    { outcome: 'claimed', to: 'ada@mail.example', firstName: '' },
  ]);
});

test('mails of a connection are spaced, and each person keeps their place', async () => {
  const connection = await sending();
  const ids = await Promise.all(['b1', 'b2', 'b3'].map((name) => provision(connection, name)));
  const outcomes = [];
  for (const id of ids) outcomes.push(await claim(id));
  expect(outcomes).toMatchObject([
    { outcome: 'claimed', to: 'b1@mail.example' },
    { outcome: 'not_yet', afterMs: welcomeEveryMs },
    { outcome: 'not_yet', afterMs: 2 * welcomeEveryMs },
  ]);
  expect(await claim(ids[2] ?? '')).toEqual({ outcome: 'not_yet', afterMs: 2 * welcomeEveryMs });
  clock.now = new Date(clock.now.getTime() + welcomeEveryMs);
  expect(await claim(ids[1] ?? '')).toMatchObject({ outcome: 'claimed' });
});

test('what surely was not sent is sent by another attempt', async () => {
  const id = await provision(await sending(), 'cy');
  await claim(id);
  expect(await claim(id)).toEqual({ outcome: 'not_due', reason: 'the person was welcomed before, or may have been' });
  await releaseWelcome(ledger, 'acme', id);
  expect(await claim(id)).toMatchObject({ outcome: 'claimed' });
});

test('a restored person is not welcomed again', async () => {
  const connection = await sending();
  const id = await provision(connection, 'di');
  await claim(id);
  await write(ledger, by(connection), (scope) =>
    replaceUser(scope, { id, ifMatch: undefined }, { ...aUser('di'), active: false }),
  );
  expect(await provision(connection, 'di')).toBe(id);
  expect(await claim(id)).toMatchObject({ outcome: 'not_due' });
});

test.each<[string, unknown[]]>([
  ['no address', []],
  ['a list of addresses', [{ value: 'eve@mail.example, bob@mail.example' }]],
  ['a display name', [{ value: 'Eve <eve@mail.example>' }]],
  ['a header', [{ value: 'eve@mail.example\r\nBcc: bob@mail.example' }]],
])('a person with %s is not welcomed', async (name, emails) => {
  const id = await provision(await sending(), name.replaceAll(' ', '-'), emails);
  expect(await claim(id)).toEqual({
    outcome: 'not_due',
    reason: 'the person has no valid e-mail address for a welcome mail',
  });
});

test('a connection without the option, and a tenant without mail settings, send no mail', async () => {
  const quiet = await provision(await aConnection(ledger), 'fay');
  expect(await claim(quiet)).toEqual({ outcome: 'not_due', reason: 'the connection sends no enrollment mails' });
  const unable = await provision(await sending(), 'gus');
  expect(await claim(unable, false)).toEqual({ outcome: 'cannot_mail' });
  expect(await claim(unable)).toMatchObject({ outcome: 'claimed' });
});
