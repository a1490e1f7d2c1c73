import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, byHand, idOf, recordFailure, write } from '../../testing/sample-directory.ts';
import { createUser } from '../users/create-user.ts';
import { issueAccessToken } from './access-tokens.ts';
import type { Connection } from './connection.ts';
import {
  createConnection,
  listConnections,
  readConnection,
  revokeConnection,
  updateConnection,
} from './connections.ts';
import { countAnswers, readCounts } from './counts.ts';
import { clearFailures, listFailures } from './failures.ts';
import { findConnectionByToken } from './find-connection.ts';
import { listPeople } from './list-people.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let clock: { now: Date };
let okta: Connection & { token: string };
beforeEach(async () => {
  ({ ledger, clock } = await connectTestLedger());
  okta = await aConnection(ledger, { name: 'Okta' });
});

const ofOkta = () => ({ tenant: 'acme', connectionId: okta.id });
const works = async (token: string): Promise<boolean> => (await findConnectionByToken(ledger, okta.id, token)) !== null;

describe('a connection', () => {
  test('has an id for a URL, and a name that no other live one of its tenant has', async () => {
    expect(okta.id).toMatch(/^[a-z0-9]{26}$/);
    const again = { tenant: 'acme', createdBy: null, options: { ...optionsOf(okta), name: 'OKTA' } };
    expect(await createConnection(ledger, again)).toEqual({ outcome: 'name_taken' });
    expect(await createConnection(ledger, { ...again, tenant: 'globex' })).toMatchObject({ outcome: 'created' });
    await revokeConnection(ledger, 'acme', okta.id);
    expect(await createConnection(ledger, again)).toMatchObject({ outcome: 'created' });
    expect((await listConnections(ledger, 'acme')).map(({ name }) => name)).toEqual(['OKTA', 'Okta']);
  });

  test('keeps the options that a change does not name', async () => {
    const mapping = [{ source: 'user.login', path: 'userName', target: null }];
    const changed = await updateConnection(ledger, {
      tenant: 'acme',
      id: okta.id,
      options: { readAll: true, mapping },
    });
    expect(changed).toEqual({ outcome: 'updated', connection: { ...withoutToken(okta), readAll: true, mapping } });
    expect(await updateConnection(ledger, { tenant: 'acme', id: okta.id, options: {} })).toEqual(changed);
    await aConnection(ledger, { name: 'Entra' });
    expect(await updateConnection(ledger, { tenant: 'acme', id: okta.id, options: { name: 'entra' } })).toEqual({
      outcome: 'name_taken',
    });
  });

  test('that is revoked accepts no token and no change', async () => {
    expect(await works(okta.token)).toBe(true);
    expect(await revokeConnection(ledger, 'acme', okta.id)).toBe(true);
    expect(await works(okta.token)).toBe(false);
    expect(await createToken(ledger, ofOkta(), { kind: 'bearer' })).toEqual({ outcome: 'not_found' });
    expect(await updateConnection(ledger, { tenant: 'acme', id: okta.id, options: { readAll: true } })).toEqual({
      outcome: 'not_found',
    });
  });
});

const withoutToken = ({ token: _, ...connection }: Connection & { token: string }): Connection => connection;
const optionsOf = ({
  id: _1,
  tenant: _2,
  createdBy: _3,
  createdAt: _4,
  revokedAt: _5,
  lastRequestAt: _6,
  ...rest
}: Connection) => {
  const { name, sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart, mapping, userNameRules } = rest;
  return { name, sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart, mapping, userNameRules };
};

describe('tokens', () => {
  test('are two at most while one replaces the other, and only their hashes are stored', async () => {
    const made = await createToken(ledger, ofOkta(), { kind: 'bearer' });
    const second = made.outcome === 'created' ? made.token : null;
    expect(second?.secret).toMatch(/^kcs_[\w-]{43}$/);
    expect(await createToken(ledger, ofOkta(), { kind: 'bearer' })).toEqual({ outcome: 'two_live' });
    expect([await works(okta.token), await works(second?.secret ?? '')]).toEqual([true, true]);
    const [, first] = await listTokens(ledger, ofOkta());
    expect(await revokeToken(ledger, ofOkta(), first?.id ?? '')).toBe(true);
    expect([await works(okta.token), await works(second?.secret ?? '')]).toEqual([false, true]);
    expect(await createToken(ledger, ofOkta(), { kind: 'bearer' })).toMatchObject({ outcome: 'created' });
    const { rows } = await sql<{ row: string }>`select scim_tokens::text as row from scim_tokens`.execute(ledger.db);
    expect(JSON.stringify(rows)).not.toContain(second?.secret);
  });

  test('that are made at once are two at most, too', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => createToken(ledger, ofOkta(), { kind: 'bearer' })));
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'two_live', 'two_live', 'two_live']);
  });

  test('note their use once a minute, the connection with them', async () => {
    await works(okta.token);
    const used = async () => [
      (await listTokens(ledger, ofOkta()))[0]?.lastUsedAt,
      (await readConnection(ledger, 'acme', okta.id))?.lastRequestAt,
    ];
    const first = await used();
    expect(first).toEqual([expect.any(Date), expect.any(Date)]);
    await works(okta.token);
    expect(await used()).toEqual(first);
    await sql`update scim_tokens set last_used_at = now() - interval '61 seconds'`.execute(ledger.db);
    await works(okta.token);
    expect((await used())[0]?.getTime()).toBeGreaterThanOrEqual(first[0]?.getTime() ?? Infinity);
  });
});

describe('an OAuth client', () => {
  test('gets access tokens that end after an hour, and at once when it is revoked', async () => {
    const made = await createToken(ledger, ofOkta(), { kind: 'client' });
    const client = made.outcome === 'created' ? made.token : { id: '', secret: '' };
    expect(await works(client.secret)).toBe(false);
    const issue = (clientSecret: string, clientId = client.id, connectionId = okta.id) =>
      issueAccessToken(ledger, { connectionId, clientId, clientSecret });
    expect(await issue('wrong')).toBeNull();
    expect(await issue(client.secret, 'tok_none')).toBeNull();
    expect(await issue(client.secret, client.id, 'none')).toBeNull();
    const [bearer] = (await listTokens(ledger, ofOkta())).filter(({ kind }) => kind === 'bearer');
    expect(await issue(okta.token, bearer?.id)).toBeNull();
    const access = await issue(client.secret);
    expect(access).toEqual({ accessToken: expect.stringMatching(/^kcs_/), expiresInSeconds: 3_600, tenant: 'acme' });
    expect(await works(access?.accessToken ?? '')).toBe(true);
    expect(await listTokens(ledger, ofOkta())).toHaveLength(2);
    const second = (await issue(client.secret))?.accessToken ?? '';
    await sql`update scim_tokens set expires_at = now() - interval '1 second' where kind = 'access'`.execute(ledger.db);
    expect(await works(second)).toBe(false);
    const third = (await issue(client.secret))?.accessToken ?? '';
    const { rows } = await sql`select from scim_tokens where kind = 'access'`.execute(ledger.db);
    expect(rows).toHaveLength(1);
    expect(await works(third)).toBe(true);
    await revokeToken(ledger, ofOkta(), client.id);
    expect(await works(third)).toBe(false);
    expect(await issue(client.secret)).toBeNull();
  });
});

describe('what is known of requests', () => {
  test('is counted by day, over all shards', async () => {
    const counts = { requests: 2, refused: 1, failed: 0 };
    await Promise.all(Array.from({ length: 20 }, () => countAnswers(ledger, okta.id, counts)));
    clock.now = new Date(clock.now.getTime() + 24 * 3_600_000);
    await countAnswers(ledger, okta.id, counts);
    expect(await readCounts(ledger, { ...ofOkta(), days: 5 })).toEqual([
      { ...counts, day: clock.now.toISOString().slice(0, 10) },
      { requests: 40, refused: 20, failed: 0, day: expect.any(String) },
    ]);
  });

  test('has the last refusal of each person, until a success, and shows it beside them', async () => {
    const id = idOf(await write(ledger, byHand(), (scope) => createUser(scope, aUser('anna@example.com'))));
    const failure = { status: 409, scimType: 'uniqueness', detail: 'userName has to be unique.' };
    await recordFailure(ledger, okta, { ...failure, subject: { userName: 'ANNA@example.com' } });
    await recordFailure(ledger, okta, { ...failure, subject: { userName: 'anna@example.com' } });
    await recordFailure(ledger, okta, { ...failure, subject: { id: 'anna@example.com: not an id' } });
    const listed = await listFailures(ledger, { ...ofOkta(), limit: 10 });
    expect(listed.map(({ times }) => times).toSorted((one, other) => one - other)).toEqual([1, 2]);
    expect(JSON.stringify(listed)).not.toContain('anna@');
    expect((await listPeople(ledger, { tenant: 'acme', limit: 5 })).items).toMatchObject([
      { id, owner: 'manual', lastError: { detail: failure.detail } },
    ]);
    await clearFailures(ledger, okta, [{ userName: 'anna@example.com' }]);
    expect((await listPeople(ledger, { tenant: 'acme', limit: 5 })).items).toMatchObject([{ id, lastError: null }]);
  });

  test('keeps the newest thousand refusals', async () => {
    await sql`insert into scim_failures (connection_id, subject, at, status, detail)
      select ${okta.id}, 's' || n, now() - n * interval '1 second', 400, 'x' from generate_series(1, 1100) n`.execute(
      ledger.db,
    );
    clock.now = new Date(Date.now() + 60_000);
    await recordFailure(ledger, okta, { status: 400, scimType: null, detail: 'x', subject: { userName: 'newest' } });
    const kept = await listFailures(ledger, { ...ofOkta(), limit: 5_000 });
    expect(kept).toHaveLength(1_000);
    expect(kept.map(({ subject }) => subject)).not.toContain('s1000');
  });
});

test('people are listed page by page, by owner and by activity', async () => {
  for (const n of [1, 2, 3]) await write(ledger, by(okta), (scope) => createUser(scope, aUser(`p${n}`)));
  await write(ledger, by(okta), (scope) => createUser(scope, aUser('off', { active: false })));
  const first = await listPeople(ledger, { tenant: 'acme', owner: okta.id, active: true, limit: 2 });
  expect(first.items.map(({ userName }) => userName)).toEqual(['p3', 'p2']);
  const rest = await listPeople(ledger, { tenant: 'acme', active: true, limit: 2, before: first.nextCursor ?? '' });
  expect(rest).toMatchObject({ items: [{ userName: 'p1' }], nextCursor: null });
});
