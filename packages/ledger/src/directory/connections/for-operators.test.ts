import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, byHand, idOf, recordFailure, write } from '../../testing/sample-directory.ts';
import { open } from '../../testing/sample-shipments.ts';
import { createGroup } from '../groups/create-group.ts';
import { listGroupsForOperators } from '../groups/list-for-operators.ts';
import { createUser } from '../users/create-user.ts';
import { issueAccessToken } from './access-tokens.ts';
import type { Connection } from './connection.ts';
import { countAnswers, readRecentCounts } from './counts.ts';
import { findConnectionByToken } from './find-connection.ts';
import { listPeople } from './list-people.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let clock: { now: Date };
let okta: Connection;
beforeAll(async () => {
  ({ ledger, clock } = await connectTestLedger());
  okta = await aConnection(ledger);
});

const inMs = (ms: number): Date => new Date(Date.now() + ms);

describe('tokens', () => {
  test('that have expired are refused, and leave a place for another', async () => {
    const { id, tenant } = await aConnection(ledger);
    const of = { tenant, connectionId: id };
    const expired = await createToken(ledger, of, { kind: 'bearer', expiresAt: inMs(-1_000) });
    const live = await createToken(ledger, of, { kind: 'bearer', expiresAt: inMs(60_000) });
    if (expired.outcome !== 'created' || live.outcome !== 'created') throw new TypeError('not created');
    expect(await findConnectionByToken(ledger, id, expired.token.secret)).toBeNull();
    expect(await findConnectionByToken(ledger, id, live.token.secret)).not.toBeNull();
    expect(await createToken(ledger, of, { kind: 'bearer' })).toEqual({ outcome: 'two_live' });
    expect(await listTokens(ledger, of)).toMatchObject([
      { id: live.token.id, expiresAt: expect.any(Date), revokedAt: null },
      { id: expired.token.id, expiresAt: expect.any(Date) },
      { expiresAt: null },
    ]);
    expect(await revokeToken(ledger, of, live.token.id)).toBe(true);
    expect(await createToken(ledger, of, { kind: 'bearer' })).toMatchObject({ outcome: 'created' });
  });

  test('of an OAuth client that has expired are not issued', async () => {
    const { id, tenant } = await aConnection(ledger);
    const issue = async (expiresAt: Date | null) => {
      const created = await createToken(ledger, { tenant, connectionId: id }, { kind: 'client', expiresAt });
      if (created.outcome !== 'created') throw new TypeError('not created');
      return issueAccessToken(ledger, {
        connectionId: id,
        clientId: created.token.id,
        clientSecret: created.token.secret,
      });
    };
    expect(await issue(inMs(-1_000))).toBeNull();
    expect(await issue(null)).toMatchObject({ expiresInSeconds: 3_600 });
  });
});

test('recent counts are of today and of seven days, by connection, and of one tenant', async () => {
  const [one, other, foreign] = [
    await aConnection(ledger),
    await aConnection(ledger),
    await aConnection(ledger, {}, 'globex'),
  ];
  const dayMs = 86_400_000;
  const now = clock.now;
  const counted: readonly (readonly [connection: Connection, daysAgo: number, requests: number])[] = [
    [one, 0, 5],
    [one, 6, 20],
    [one, 7, 300],
    [other, 3, 4_000],
    [foreign, 0, 50_000],
  ];
  for (const [{ id }, daysAgo, requests] of counted) {
    clock.now = new Date(now.getTime() - daysAgo * dayMs);
    await countAnswers(ledger, id, { requests, refused: 2, failed: 1 });
  }
  clock.now = now;
  expect(await readRecentCounts(ledger, 'acme')).toEqual(
    new Map([
      [
        one.id,
        {
          today: { requests: 5, refused: 2, failed: 1 },
          last7Days: { requests: 25, refused: 4, failed: 2 },
        },
      ],
      [
        other.id,
        {
          today: { requests: 0, refused: 0, failed: 0 },
          last7Days: { requests: 4_000, refused: 2, failed: 1 },
        },
      ],
    ]),
  );
});

describe('the people of a tenant', () => {
  test('are listed with their open shipments, found by login and by Okta id', async () => {
    const oktaId = '00uaaaaaaaaaaaaaaaaa';
    const byLogin = await write(ledger, by(okta), (scope) => createUser(scope, aUser('Bert@acme.example')));
    const byId = await write(ledger, by(okta), (scope) =>
      createUser(scope, aUser('renamed@acme.example', { externalId: oktaId })),
    );
    const shipments = [
      await open(ledger, { tenant: 'acme', login: 'bert@acme.example', userId: null }),
      await open(ledger, { tenant: 'acme', login: 'former@acme.example', userId: oktaId }),
    ];
    await open(ledger, { tenant: 'globex', login: 'bert@acme.example', userId: null });
    const { items } = await listPeople(ledger, { tenant: 'acme', owner: okta.id, limit: 10 });
    expect(items).toMatchObject([
      { id: idOf(byId), openShipments: [shipments[1]?.id] },
      { id: idOf(byLogin), openShipments: [shipments[0]?.id] },
    ]);
  });

  test('are found by their owner and by whether a request about them was refused', async () => {
    const connection = await aConnection(ledger);
    const [fine, refused] = [
      idOf(await write(ledger, by(connection), (scope) => createUser(scope, aUser('fine@acme.example')))),
      idOf(await write(ledger, by(connection), (scope) => createUser(scope, aUser('refused@acme.example')))),
    ];
    const manual = idOf(await write(ledger, byHand(), (scope) => createUser(scope, aUser('hand@acme.example'))));
    const failure = { status: 409, scimType: 'uniqueness', detail: 'userName has to be unique.' };
    await recordFailure(ledger, connection, { subject: { id: refused }, ...failure });
    const idsOf = async (query: object) =>
      (await listPeople(ledger, { tenant: 'acme', limit: 10, ...query })).items.map(({ id }) => id);
    expect(await idsOf({ owner: connection.id, problem: true })).toEqual([refused]);
    expect(await idsOf({ owner: connection.id, problem: false })).toEqual([fine]);
    expect(await idsOf({ owner: 'manual' })).toEqual([manual]);
    expect(await idsOf({ tenant: 'globex' })).toEqual([]);
  });
});

test("a tenant's groups are listed in pages with their owners and sizes", async () => {
  const member = idOf(await write(ledger, byHand(), (scope) => createUser(scope, aUser('member@acme.example'))));
  const make = async (displayName: string, members: readonly string[]) =>
    idOf(await write(ledger, byHand(), (scope) => createGroup(scope, { displayName, externalId: null, members })));
  const ids = [await make('One', [member]), await make('Two', []), await make('Three', [])].toReversed();
  const first = await listGroupsForOperators(ledger, { tenant: 'acme', owner: 'manual', limit: 2 });
  expect(first).toMatchObject({ items: [{ id: ids[0] }, { id: ids[1] }], nextCursor: ids[1] });
  const rest = { tenant: 'acme', limit: 2, before: ids[1] };
  expect(await listGroupsForOperators(ledger, rest)).toMatchObject({
    items: [{ id: ids[2], displayName: 'One', owner: 'manual', members: 1 }],
    nextCursor: null,
  });
  expect(await listGroupsForOperators(ledger, { tenant: 'acme', displayName: 'ONE', limit: 2 })).toMatchObject({
    items: [{ id: ids[2] }],
  });
  expect(await listGroupsForOperators(ledger, { tenant: 'globex', limit: 2 })).toEqual({ items: [], nextCursor: null });
});
