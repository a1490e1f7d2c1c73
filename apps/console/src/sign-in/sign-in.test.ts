import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from '../testing/close-all.ts';
import { query } from '../testing/query.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { Visitor } from '../testing/visitor.ts';
import { spoken } from './sign-in.ts';
import { wayBack } from './way-back.ts';

let database: TemporaryDatabase;
let served: TestConsole;
let nowMs = Date.parse('2026-11-20T08:00:00Z');

beforeAll(async () => {
  database = await temporaryDatabase();
  served = await startTestConsole({ databaseUrl: database.url, now: () => new Date(nowMs) });
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

async function signedIn(who = ada): Promise<Visitor> {
  const visitor = new Visitor(served.url);
  expect((await visitor.signIn(who)).status).toBe(303);
  return visitor;
}

const sessionCookie = (visitor: Visitor): string => {
  const [name = ''] = [...visitor.cookies.keys()].filter((key) => key.startsWith('keycourier-console-'));
  return visitor.cookies.get(name) ?? '';
};

const isIn = async (visitor: Visitor): Promise<boolean> => (await visitor.ask('/')).status === 200;

describe('a stranger', () => {
  test('is sent from every page to the sign-in, which knows where they were going', async () => {
    const answer = await new Visitor(served.url).ask('/queues/queue/intake?status=failed');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/sign-in?to=%2Fqueues%2Fqueue%2Fintake%3Fstatus%3Dfailed');
    expect((await new Visitor(served.url).ask('/queues/static/js/anything.js')).status).toBe(302);
    expect((await new Visitor(served.url).ask('/sign-out', { method: 'POST' })).headers.get('location')).toBe(
      '/sign-in',
    );
  });

  test.each(['GET', 'PUT', 'POST', 'PATCH', 'DELETE'])(
    'is told 401 where no page is asked for (%s)',
    async (method) => {
      const answer = await new Visitor(served.url).ask('/queues/api/queues', { method });
      expect(answer.status).toBe(401);
    },
  );

  test('gets neither a session cookie nor a row', async () => {
    const visitor = new Visitor(served.url);
    await visitor.ask('/sign-in');
    expect(sessionCookie(visitor)).toBe('');
    expect((await query(database.url, 'select from console.session')).rowCount).toBe(0);
  });

  test('reaches health, and no metrics', async () => {
    const visitor = new Visitor(served.url);
    expect((await visitor.ask('/healthz')).status).toBe(200);
    expect((await visitor.ask('/metrics')).status).toBe(302);
    expect(await (await fetch(`${served.metricsUrl}/metrics`)).text()).toContain('keycourier_console_sign_ins_total');
  });
});

describe('an operator', () => {
  test('signs in without scripts, and arrives where they were going', async () => {
    const visitor = new Visitor(served.url);
    const answer = await visitor.signIn(ada, '/sign-in?to=%2Fqueues%2Fqueue%2Fintake');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/queues/queue/intake']);
    expect(await isIn(visitor)).toBe(true);
    expect((await visitor.ask('/')).headers.get('cache-control')).toBe('no-store');
  });

  test('has a cookie that scripts and other sites cannot use', async () => {
    const answer = await new Visitor(served.url).signIn(ada);
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('keycourier-console-'));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  test('gets a new session with each sign-in, and the one before is worth nothing', async () => {
    const visitor = await signedIn();
    const before = new Visitor(served.url);
    for (const [name, value] of visitor.cookies) before.cookies.set(name, value);
    await visitor.submit('/sign-out', '/sign-in', { user: ada.user, password: ada.password });
    expect(sessionCookie(visitor)).not.toBe(sessionCookie(before));
    expect([await isIn(visitor), await isIn(before)]).toEqual([true, false]);
  });

  test('signs out, and no copy of the cookie is worth anything', async () => {
    const visitor = await signedIn();
    const cookies = new Map(visitor.cookies);
    const answer = await visitor.submit('/', '/sign-out');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in']);
    for (const [name, value] of cookies) visitor.cookies.set(name, value);
    expect(await isIn(visitor)).toBe(false);
  });

  test('is out eight hours after the sign-in, whatever they do', async () => {
    const visitor = await signedIn();
    nowMs += 8 * 3_600_000 - 1_000;
    expect(await isIn(visitor)).toBe(true);
    nowMs += 1_000;
    expect(await isIn(visitor)).toBe(false);
    nowMs -= 3_600_000;
    expect(await isIn(visitor)).toBe(false);
  });

  test('is out after an hour without a page, and polling is none', async () => {
    const visitor = await signedIn(grace);
    const left = async (): Promise<number> => {
      const found = await query(
        database.url,
        `select max(extract(epoch from expire - localtimestamp)) as left from console.session where sess->'operator'->>'user' = 'grace'`,
      );
      return Math.round(Number(found.rows[0]?.['left']) / 10) * 10;
    };
    expect(await left()).toBe(3_600);
    await query(database.url, `update console.session set expire = expire - interval '30 minutes'`);
    await visitor.ask('/queues/api/queues');
    expect(await left()).toBe(1_800);
    await visitor.ask('/');
    expect(await left()).toBe(3_600);
    await query(database.url, `update console.session set expire = expire - interval '61 minutes'`);
    expect(await isIn(visitor)).toBe(false);
  });

  test("is out when the operators' file has them no more", async () => {
    const visitor = await signedIn();
    const later = await startTestConsole({ databaseUrl: database.url, operators: [grace], now: () => new Date(nowMs) });
    const there = new Visitor(later.url);
    for (const [name, value] of visitor.cookies) there.cookies.set(name, value);
    expect(await isIn(there)).toBe(false);
  });
});

describe('a wrong sign-in', () => {
  const withoutTokens = (html: string): string => html.replace(/name="_csrf" value="[^"]*"/, '');

  test('is answered alike for a user who exists and one who does not', async () => {
    const known = await new Visitor(served.url).signIn({ user: ada.user, password: 'a canary of a password' });
    const unknown = await new Visitor(served.url).signIn({ user: 'a-canary-of-a-user', password: ada.password });
    expect([known.status, unknown.status]).toEqual([401, 401]);
    const [one, other] = [await known.text(), await unknown.text()];
    expect(withoutTokens(one)).toBe(withoutTokens(other));
    expect(one).toContain('That user and password do not go together.');
    expect(served.log()).toContain('a sign-in was refused');
    expect(served.log()).not.toContain('a-canary-of-a-user');
    expect(served.log()).not.toContain('a canary of a password');
  });

  test('with nothing in it is asked for again', async () => {
    const answer = await new Visitor(served.url).signIn({ user: 'ada', password: '' });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('Please give your user name')]);
  });

  test('with far too much in it is refused', async () => {
    expect((await new Visitor(served.url).signIn({ user: 'ada', password: 'x'.repeat(20_000) })).status).toBe(400);
  });
});

describe('the way back', () => {
  test.each([
    ['/queues/queue/intake?status=failed', '/queues/queue/intake?status=failed'],
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['/sign-out', '/'],
    [['/queues', '/queues'], '/'],
    [undefined, '/'],
  ])('from %j is %s', (given, to) => expect(wayBack(given)).toBe(to));
});

describe('a wait', () => {
  test.each([
    [400, '1 second'],
    [40_000, '40 seconds'],
    [60_000, '1 minute'],
    [61_000, '2 minutes'],
  ])('of %d ms is spoken as %s', (ms, words) => expect(spoken(ms)).toBe(words));
});
