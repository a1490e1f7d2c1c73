import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let running: TestConsole;

beforeAll(async () => {
  database = await temporaryDatabase();
  running = await startTestConsole({ databaseUrl: database.url });
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

async function signedIn(who = ada): Promise<TestClient> {
  const client = new TestClient(running.url);
  await client.signIn(who);
  await client.request('/sign-out');
  return client;
}

const foreign = [
  ['from another site', { origin: 'https://evil.example' }],
  ['from another port of this host', { origin: 'http://127.0.0.1:1' }],
  ['from a page without an origin', { origin: 'null' }],
] as const;

describe('a sign-in', () => {
  test.each(foreign)('%s is refused, even with the correct password', async (_from, headers) => {
    const client = new TestClient(running.url);
    const answer = await client.submit('/sign-in', '/sign-in', { ...ada }, headers);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('This form has expired')]);
    expect((await client.request('/sign-out')).status).toBe(302);
  });

  test('without the token of its form is refused', async () => {
    expect((await new TestClient(running.url).submit('/sign-in', '/sign-in', { ...ada, _csrf: '' })).status).toBe(403);
  });

  test("with the token of another user's form is refused", async () => {
    const other = new TestClient(running.url);
    await other.request('/sign-in');
    const theirs = other.cookies.get('XSRF-TOKEN') ?? '';
    expect(theirs).not.toBe('');
    expect((await new TestClient(running.url).submit('/sign-in', '/sign-in', { ...ada, _csrf: theirs })).status).toBe(
      403,
    );
  });
});

describe('a page', () => {
  test('is served with any cookies', async () => {
    for (const cookie of ['XSRF-TOKEN=j%3A%7B%7D', 'XSRF-TOKEN=.', 'XSRF-TOKEN', '=;=', 'keycourier-console-0=s%3Aa.b'])
      expect((await new TestClient(running.url).request('/sign-in', { headers: { cookie } })).status).toBe(200);
  });
});

describe('a change', () => {
  test.each(foreign)('%s is refused', async (_from, headers) => {
    const client = await signedIn();
    expect((await client.change('PUT', '/queues/pause', { headers })).status).toBe(403);
    expect((await client.submit('/sign-out', '/sign-out', {}, headers)).status).toBe(403);
    expect((await client.request('/sign-out')).status).toBe(200);
  });

  test("without a token, or with another session's, is refused", async () => {
    const [client, other] = [await signedIn(), await signedIn(grace)];
    const theirs = other.cookies.get('XSRF-TOKEN') ?? '';
    expect((await client.change('PUT', '/queues/pause', { headers: { 'x-xsrf-token': '' } })).status).toBe(403);
    expect((await client.change('PUT', '/queues/pause', { headers: { 'x-xsrf-token': theirs } })).status).toBe(403);
    client.cookies.set('XSRF-TOKEN', theirs);
    expect((await client.change('PUT', '/queues/pause')).status).toBe(403);
  });

  test('without an origin is accepted with Sec-Fetch-Site: same-origin', async () => {
    const client = await signedIn();
    const token = client.cookies.get('XSRF-TOKEN') ?? '';
    const put = (headers: Record<string, string>) =>
      client.request('/queues/api/queues/pause', { method: 'PUT', headers: { 'x-xsrf-token': token, ...headers } });
    expect((await put({})).status).toBe(403);
    expect((await put({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    // Past the check: this test has no queues.
    expect((await put({ 'sec-fetch-site': 'same-origin' })).status).toBe(503);
  });

  test('is logged with the operator who requested it', async () => {
    const client = await signedIn();
    await client.change('PUT', '/queues/intake/pause');
    const line = /"operator":"ada","method":"PUT","path":"\/queues\/api\/queues\/intake\/pause","status":503/;
    // It is logged once it is answered.
    await until(running.log, (text) => line.test(text));
  });

  test('works again after the next page if another stack on this host has replaced the cookie', async () => {
    const client = await signedIn();
    client.cookies.set('XSRF-TOKEN', 'of.another');
    await client.request('/queues/api/queues');
    expect((await client.change('PUT', '/queues/pause')).status).toBe(503);
  });
});
