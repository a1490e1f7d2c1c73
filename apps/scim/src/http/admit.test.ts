import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { revokeConnection } from '@keycourier/ledger/directory/connections/connections';
import { createToken, revokeToken } from '@keycourier/ledger/directory/connections/tokens';
import { until } from '@keycourier/runtime/testing/until';

import { runScim, type RunningScim, type TestConnection } from '../testing/running-scim.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim({ limits: { failuresPerMinute: 20 }, trustedProxies: ['loopback'] });
});
afterAll(() => scim.stop());

const others: RunningScim[] = [];
afterEach(async () => {
  await Promise.all(others.splice(0).map((other) => other.stop()));
});

async function another(...options: Parameters<typeof runScim>): Promise<RunningScim> {
  const other = await runScim(...options);
  others.push(other);
  return other;
}

let addresses = 0;
/** Another client, whose wrong tokens count for it alone. */
const newAddress = (): string => `192.0.2.${(addresses += 1)}`;

const ask = (as: TestConnection, address = newAddress(), at = scim) =>
  at.call('GET', '/ResourceTypes', { as, headers: { 'x-forwarded-for': address } });

describe('a token', () => {
  test.each(['Bearer ', 'bearer ', ''])('is read after %j in the header', async (scheme) => {
    const { token } = scim.connection;
    const headers = { authorization: `${scheme}${token}` };
    expect(await scim.call('GET', '/Users', { as: scim.connection, headers })).toMatchObject({ status: 200 });
  });

  test('is one of two while it is replaced, and ends at once when it is revoked', async () => {
    const connection = await scim.addConnection();
    const ofConnection = { tenant: 'acme', connectionId: connection.id };
    const created = await createToken(scim.ledger, ofConnection, { kind: 'bearer' });
    if (created.outcome !== 'created') throw new TypeError(created.outcome);
    const renewed = { ...connection, token: created.token.secret };
    expect([await ask(connection), await ask(renewed)]).toMatchObject([{ status: 200 }, { status: 200 }]);
    await revokeToken(scim.ledger, ofConnection, created.token.id);
    expect([await ask(connection), await ask(renewed)]).toMatchObject([{ status: 200 }, { status: 401 }]);
  });
});

/** Counts the queries that look a token up. */
function countLookups({ db }: Ledger): () => number {
  let count = 0;
  const executor = db.getExecutor();
  const execute = executor.executeQuery.bind(executor);
  executor.executeQuery = (query, ...rest) => {
    if (query.sql.includes('scim_tokens as token')) count += 1;
    return execute(query, ...rest);
  };
  return () => count;
}

describe('what is no token of the connection looks alike', () => {
  test('a wrong token, an unknown connection, a revoked one, and those of another connection or tenant', async () => {
    const { ledger, connection } = scim;
    const lookups = countLookups(scim.tokenLedger);
    const revoked = await scim.addConnection();
    await revokeConnection(ledger, 'acme', revoked.id);
    const unconfigured = await scim.addConnection({}, 'initech');
    const others = [
      { ...connection, token: 'kcs_wrong' },
      { ...connection, token: (await scim.addConnection()).token },
      { ...connection, token: (await scim.addConnection({}, 'globex')).token },
      { ...connection, id: 'unknown' },
      revoked,
      unconfigured,
    ];
    const seen: object[] = [];
    for (const other of others) {
      const before = lookups();
      const { status, text, headers } = await ask(other);
      seen.push({ status, text, challenge: headers.get('www-authenticate'), lookups: lookups() - before });
    }
    const text = expect.stringContaining('a token of the same connection');
    expect(seen[0]).toEqual({ status: 401, text, challenge: 'Bearer', lookups: 1 });
    expect(seen).toEqual(others.map(() => seen[0]));
  });
});

describe('the limit of requests', () => {
  test('is a connection’s own, answered 429 with whole seconds', async () => {
    const limited = await another({ limits: { requestsPerMinute: 3 } });
    const other = await limited.addConnection();
    const answers = [];
    for (const _ of [1, 2, 3, 4, 5]) answers.push(await limited.call('GET', '/Users'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    for (const { headers, body } of answers.slice(3)) {
      expect(headers.get('retry-after')).toMatch(/^(?:[1-9]|[1-5]\d|60)$/);
      expect(body['detail']).toMatch(/^This connection may send 3 requests a minute: retry in \d+ seconds\.$/);
    }
    expect(await limited.call('GET', '/Users', { as: other })).toMatchObject({ status: 200 });
  });

  test('is one of all connections of a tenant together, too', async () => {
    const limited = await another({ limits: { tenantRequestsPerMinute: 3 } });
    const [same, globex] = [await limited.addConnection(), await limited.addConnection({}, 'globex')];
    const answers = [];
    for (const as of [limited.connection, same, same, limited.connection])
      answers.push((await limited.call('GET', '/Users', { as })).status);
    expect(answers).toEqual([200, 200, 200, 429]);
    expect(await limited.call('GET', '/Users', { as: globex })).toMatchObject({ status: 200 });
  });

  test('is an address’s for wrong tokens, which never keep a valid one out', async () => {
    const address = newAddress();
    await ask(scim.connection, address);
    const statuses = [];
    for (let index = 0; index < 22; index += 1)
      statuses.push((await ask({ ...scim.connection, token: `kcs_${index}` }, address)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect(await ask(scim.connection, address)).toMatchObject({ status: 200 });
    expect(await ask({ ...scim.connection, token: 'kcs_x' })).toMatchObject({ status: 401 });
  });

  test('refuses before the database is asked', async () => {
    const limited = await another({ limits: { failuresPerMinute: 1 } });
    await limited.call('GET', '/Users', { as: { ...limited.connection, token: 'kcs_1' } });
    await Promise.all([limited.ledger.close(), limited.tokenLedger.close()]);
    const as = { ...limited.connection, token: 'kcs_2' };
    expect(await limited.call('GET', '/Users', { as })).toMatchObject({ status: 429 });
  });
});

test('refusals are logged with tenant and connection, and no token', async () => {
  const limited = await another({ limits: { requestsPerMinute: 1 } });
  for (const _ of [1, 2]) await limited.call('GET', '/Users');
  const { id, token } = limited.connection;
  // It is logged once it is answered.
  const refused = await until(
    () => limited.logged.filter((line) => line.includes('request refused')),
    ({ length }) => length > 0,
  );
  expect(refused.map((line) => JSON.parse(line))).toMatchObject([
    { status: 429, tenant: 'acme', connection: id, route: '/Users', method: 'GET' },
  ]);
  expect(limited.logged.join('\n')).not.toContain(token);
});
