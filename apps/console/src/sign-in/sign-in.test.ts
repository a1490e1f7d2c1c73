import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from '../testing/close-all.ts';
import { query } from '../testing/query.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { TestClient } from '../testing/test-client.ts';
import { returnPath } from './attempt-sign-in.ts';
import { formatDuration } from './sign-in.ts';

let database: TemporaryDatabase;
let running: TestConsole;
let nowMs = Date.parse('2026-11-20T08:00:00Z');

beforeAll(async () => {
  database = await temporaryDatabase();
  running = await startTestConsole({ databaseUrl: database.url, now: () => new Date(nowMs) });
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

async function signedIn(who = ada): Promise<TestClient> {
  const client = new TestClient(running.url);
  expect((await client.signIn(who)).status).toBe(303);
  return client;
}

const sessionCookie = (client: TestClient): string => {
  const [name = ''] = [...client.cookies.keys()].filter((key) => key.startsWith('keycourier-console-'));
  return client.cookies.get(name) ?? '';
};

const isIn = async (client: TestClient): Promise<boolean> => (await client.request('/sign-out')).status === 200;

describe('a signed-out user', () => {
  test('is redirected from every page to the sign-in, with the page as the target', async () => {
    const answer = await new TestClient(running.url).request('/queues/queue/intake?status=failed');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/sign-in?to=%2Fqueues%2Fqueue%2Fintake%3Fstatus%3Dfailed');
    expect((await new TestClient(running.url).request('/queues/static/js/anything.js')).status).toBe(302);
    expect((await new TestClient(running.url).request('/sign-out', { method: 'POST' })).headers.get('location')).toBe(
      '/sign-in',
    );
  });

  test.each(['GET', 'PUT', 'POST', 'PATCH', 'DELETE'])('is answered 401 by the board’s API (%s)', async (method) => {
    const answer = await new TestClient(running.url).request('/queues/api/queues', { method });
    expect(answer.status).toBe(401);
  });

  test('gets neither a session cookie nor a row', async () => {
    const client = new TestClient(running.url);
    await client.request('/sign-in');
    expect(sessionCookie(client)).toBe('');
    expect((await query(database.url, 'select from console.session')).rowCount).toBe(0);
  });

  test('reaches the health probe, and no metrics', async () => {
    const client = new TestClient(running.url);
    expect((await client.request('/healthz')).status).toBe(200);
    expect((await client.request('/metrics')).status).toBe(302);
    expect(await (await fetch(`${running.metricsUrl}/metrics`)).text()).toContain('keycourier_console_sign_ins_total');
  });
});

describe('an operator', () => {
  test('signs in without scripts, and reaches the requested page', async () => {
    const client = new TestClient(running.url);
    const answer = await client.signIn(ada, '/sign-in?to=%2Fqueues%2Fqueue%2Fintake');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/queues/queue/intake']);
    expect(await isIn(client)).toBe(true);
    expect((await client.request('/sign-out')).headers.get('cache-control')).toBe('no-store');
  });

  test('has a cookie that scripts and other sites cannot use', async () => {
    const answer = await new TestClient(running.url).signIn(ada);
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('keycourier-console-'));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  test('gets a new session with each sign-in, and the previous one ends', async () => {
    const client = await signedIn();
    const before = new TestClient(running.url);
    for (const [name, value] of client.cookies) before.cookies.set(name, value);
    await client.submit('/sign-out', '/sign-in', { user: ada.user, password: ada.password });
    expect(sessionCookie(client)).not.toBe(sessionCookie(before));
    expect([await isIn(client), await isIn(before)]).toEqual([true, false]);
  });

  test('signs out, and no copy of the cookie is valid', async () => {
    const client = await signedIn();
    const cookies = new Map(client.cookies);
    const answer = await client.submit('/sign-out', '/sign-out');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in']);
    for (const [name, value] of cookies) client.cookies.set(name, value);
    expect(await isIn(client)).toBe(false);
  });

  test('is signed out eight hours after the sign-in, even when active', async () => {
    const client = await signedIn();
    nowMs += 8 * 3_600_000 - 1_000;
    expect(await isIn(client)).toBe(true);
    nowMs += 1_000;
    expect(await isIn(client)).toBe(false);
    nowMs -= 3_600_000;
    expect(await isIn(client)).toBe(false);
  });

  test('is signed out after an hour without a page, and polling does not count', async () => {
    const client = await signedIn(grace);
    const left = async (): Promise<number> => {
      const found = await query(
        database.url,
        `select max(extract(epoch from expire - localtimestamp)) as left from console.session where sess->'operator'->>'user' = 'grace'`,
      );
      return Math.round(Number(found.rows[0]?.['left']) / 60) * 60;
    };
    expect(await left()).toBe(3_600);
    await query(database.url, `update console.session set expire = expire - interval '30 minutes'`);
    await client.request('/queues/api/queues');
    expect(await left()).toBe(1_800);
    await client.request('/sign-out');
    expect(await left()).toBe(3_600);
    await query(database.url, `update console.session set expire = expire - interval '61 minutes'`);
    expect(await isIn(client)).toBe(false);
  });

  test("is signed out when removed from the operators' file", async () => {
    const client = await signedIn();
    const later = await startTestConsole({ databaseUrl: database.url, operators: [grace], now: () => new Date(nowMs) });
    const there = new TestClient(later.url);
    for (const [name, value] of client.cookies) there.cookies.set(name, value);
    expect(await isIn(there)).toBe(false);
  });
});

describe('a failed sign-in', () => {
  const withoutTokens = (html: string): string => html.replace(/name="_csrf" value="[^"]*"/, '');

  test('has the same answer for a known and an unknown user', async () => {
    const known = await new TestClient(running.url).signIn({ user: ada.user, password: 'a canary of a password' });
    const unknown = await new TestClient(running.url).signIn({ user: 'a-canary-of-a-user', password: ada.password });
    expect([known.status, unknown.status]).toEqual([401, 401]);
    const [one, other] = [await known.text(), await unknown.text()];
    expect(withoutTokens(one)).toBe(withoutTokens(other));
    expect(one).toContain('Incorrect user name or password.');
    expect(running.log()).toContain('request refused');
    expect(running.log()).not.toContain('a-canary-of-a-user');
    expect(running.log()).not.toContain('a canary of a password');
  });

  test('with an empty field is a 400', async () => {
    const answer = await new TestClient(running.url).signIn({ user: 'ada', password: '' });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('Enter your user name')]);
  });

  test('with an oversized body is refused', async () => {
    expect((await new TestClient(running.url).signIn({ user: 'ada', password: 'x'.repeat(20_000) })).status).toBe(400);
  });
});

describe('the return path', () => {
  test.each([
    ['/queues/queue/intake?status=failed', '/queues/queue/intake?status=failed'],
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['/sign-out', '/'],
    [['/queues', '/queues'], '/'],
    [undefined, '/'],
  ])('of %j is %s', (path, expected) => expect(returnPath(path)).toBe(expected));
});

describe('a duration', () => {
  test.each([
    [400, '1 second'],
    [40_000, '40 seconds'],
    [60_000, '1 minute'],
    [61_000, '2 minutes'],
  ])('of %d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
