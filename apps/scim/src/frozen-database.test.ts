import { setTimeout } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createUser } from '@keycourier/ledger/directory/users/create-user';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { databaseProxy, type DatabaseProxy } from '@keycourier/ledger/testing/database-proxy';
import { aUser, by, idOf, write } from '@keycourier/ledger/testing/sample-directory';
import { postgresLimits } from '@keycourier/runtime/postgres-limits';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { runScim, type Answer, type RunningScim } from './testing/running-scim.ts';
import { groupBody, patchBody, userBody } from './testing/sample-requests.ts';

let scim: RunningScim;
let proxy: DatabaseProxy;
let ada: string;
const { provisioning } = postgresLimits;
const { answerMs, connectMs } = provisioning;
beforeAll(async () => {
  // Out of reach: what ends a statement here is that a silent server was noticed.
  provisioning.answerMs = 3_600_000;
  provisioning.connectMs = 3_600_000;
  const via = async (databaseUrl: string): Promise<string> => {
    proxy = await databaseProxy(databaseUrl);
    return proxy.url;
  };
  scim = await runScim({ via, use: { requests: 'provisioning', tokens: 'request' } });
  ada = idOf(await write(scim.ledger, by(scim.connection), (scope) => createUser(scope, aUser('ada@acme.example'))));
});
beforeEach(async () => {
  // The pool holds connections, as in a process that has answered requests.
  await Promise.all([1, 2, 3].map(() => scim.call('GET', '/Users')));
});
afterEach(() => proxy.thaw());
afterAll(async () => {
  Object.assign(provisioning, { answerMs, connectMs });
  await scim.stop();
  await proxy.close();
});

describe('while the database is frozen', () => {
  test.each<[string, () => string, object | undefined]>([
    ['GET', () => '/Users', undefined],
    ['GET', () => `/Users/${ada}`, undefined],
    ['GET', () => '/ServiceProviderConfig', undefined],
    ['POST', () => '/Users', userBody('grace@acme.example')],
    ['PUT', () => `/Users/${ada}`, userBody('ada@acme.example', { title: 'Dr' })],
    ['PATCH', () => `/Users/${ada}`, patchBody({ op: 'add', value: { active: false } })],
    ['DELETE', () => `/Users/${ada}`, undefined],
    ['POST', () => '/Groups', groupBody('Readers')],
  ])('%s is answered 503 with Retry-After, without an end of that', async (method, path, body) => {
    proxy.freeze();
    const answer = await scim.call(method, path(), { body });
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining('retry later') } });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  test('so is a request for a token', async () => {
    proxy.freeze();
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'a', client_secret: 'b' });
    const url = `${scim.baseUrlOf(scim.connection)}/oauth/token`;
    const answer = await fetch(url, { method: 'POST', body });
    expect(answer.status).toBe(503);
  });

  test('thirty requests at once are all answered', async () => {
    proxy.freeze();
    const answers = await Promise.all(Array.from({ length: 30 }, () => scim.call('GET', '/Users')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  });
});

/** Tokens are looked up with the short limits of requests: on a busy machine one may be answered 503 while nothing is frozen. */
const untilDone = (send: () => Promise<Answer>): Promise<Answer> => until(send, ({ status }) => status === 200);

const readAda = (): Promise<Answer> => untilDone(() => scim.call('GET', `/Users/${ada}`));
const patchAda = (body: object): Promise<Answer> => scim.call('PATCH', `/Users/${ada}`, { body });

interface Waiting {
  /** The answer of a PATCH that waits for the lock. */
  patched: Promise<Answer>;
}

/** Runs `work` while the test has the lock of ada's row, on a way to the database that does not freeze. */
async function whileLocked(work: (patch: (body: object) => Promise<Waiting>) => Promise<void>): Promise<void> {
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const options = { databaseUrl: scim.database.url, sealing, maxRequestsInFlight: () => 1 };
  const direct = connectLedger({ ...options, maxConnections: 2, use: 'migration' });
  const waiters = async (): Promise<number> => {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(direct.db);
    return rows.length;
  };
  const patch = async (body: object): Promise<Waiting> => {
    const isWaiting = until(waiters, (count) => count > 0).then(() => true);
    for (;;) {
      const patched = patchAda(body);
      if (await Promise.race([isWaiting, patched.then(() => false)])) return { patched };
    }
  };
  try {
    await direct.db.transaction().execute(async (db) => {
      await sql`select from people where id = ${ada} for update`.execute(db);
      await work(patch);
    });
  } finally {
    await direct.close();
  }
}

const title = (text: string) => patchBody({ op: 'add', value: { title: text } });

describe('a request that waits for a lock', () => {
  test('is answered 503 once the database freezes, and is not done after the thaw', async () => {
    await whileLocked(async (patch) => {
      const { patched } = await patch(title('frozen'));
      proxy.freeze();
      // Else it is never answered: an end of the test, not a measure of how soon.
      const answer = await Promise.race([patched, setTimeout(30_000, null, { ref: false })]);
      expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '5']);
    });
    proxy.thaw();
    const { body } = await readAda();
    expect(body['title']).toBeUndefined();
  });

  test('has longer than that while the database answers others', async () => {
    let waiting: Waiting | undefined;
    await whileLocked(async (patch) => {
      waiting = await patch(title('patient'));
      // The wait itself is what is tested: longer than a frozen database has.
      await setTimeout(3_000);
    });
    expect(await waiting?.patched).toMatchObject({ status: 200, body: { title: 'patient' } });
    await untilDone(() => patchAda(patchBody({ op: 'remove', path: 'title' })));
  });
});

test('requests that are under way when the database goes down are answered 503', async () => {
  await whileLocked(async (patch) => {
    const { patched } = await patch(title('gone'));
    await proxy.refuse();
    expect((await patched).status).toBe(503);
  });
  await proxy.accept();
});

test('after the thaw, requests are answered as before, and nothing was done', async () => {
  proxy.freeze();
  await scim.call('PUT', `/Users/${ada}`, { body: userBody('ada@acme.example', { title: 'late' }) });
  proxy.thaw();
  const { body } = await readAda();
  expect(body['title']).toBeUndefined();
});
