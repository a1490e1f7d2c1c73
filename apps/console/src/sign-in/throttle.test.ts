import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { connectDatabase, type ConsoleDatabase } from '../database.ts';
import { closeAll, closeAtEnd } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { TestClient } from '../testing/test-client.ts';
import { createThrottle, throttleLimits } from './throttle.ts';

let temporary: TemporaryDatabase;
let running: TestConsole;
let database: ConsoleDatabase;

beforeAll(async () => {
  temporary = await temporaryDatabase();
  running = await startTestConsole({ databaseUrl: temporary.url });
  database = connectDatabase(temporary.url, () => undefined);
  closeAtEnd(database.close);
  await database.prepare();
});

afterAll(async () => {
  await closeAll();
  await temporary.drop();
});

const attempt = (user: string, password: string): Promise<Response> =>
  new TestClient(running.url).signIn({ user, password });

describe('the throttle', () => {
  test.each([ada.user, 'unknown-user-name'])(
    'stops guesses at %s with the time to wait, and refuses the correct password too',
    async (user) => {
      for (let guess = 0; guess < throttleLimits.perUser; guess += 1)
        expect((await attempt(user, 'guess')).status).toBe(401);
      const stopped = await attempt(user, ada.password);
      expect(stopped.status).toBe(429);
      expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(840);
      expect(await stopped.text()).toContain('Too many attempts. Try again in 15 minutes.');
    },
  );

  test('admits another user from the same address', async () => {
    expect((await attempt(grace.user, grace.password)).status).toBe(303);
  });

  test('remembers across a restart', async () => {
    const again = await startTestConsole({ databaseUrl: temporary.url });
    expect((await new TestClient(again.url).signIn(ada)).status).toBe(429);
  });

  test('stores no submitted name', async () => {
    const { rows } = await database.pool.query<{ key: string }>('select key from console.sign_in_attempts');
    expect(rows.map(({ key }) => key).join()).not.toMatch(/\bada\b|unknown-user/);
  });
});

describe('attempts from one address', () => {
  const limits = { perUser: 100, perAddress: 3, windowSeconds: 60 };

  test('are throttled for all users together, without throttling those users at other addresses', async () => {
    const throttle = createThrottle(database.pool, 'secret', limits);
    const from = (address: string, user: string) => throttle.admit({ user, address });
    for (const user of ['a', 'b', 'c']) expect(await from('192.0.2.1', user)).toEqual({ outcome: 'admitted' });
    expect(await from('192.0.2.1', 'd')).toEqual({ outcome: 'throttled', retryAfterMs: expect.any(Number) });
    expect(await from('192.0.2.2', 'd')).toEqual({ outcome: 'admitted' });
  });

  test('that succeed do not count', async () => {
    const throttle = createThrottle(database.pool, 'secret', limits);
    for (let times = 0; times < 10; times += 1) {
      expect(await throttle.admit({ user: 'a', address: '192.0.2.3' })).toEqual({ outcome: 'admitted' });
      await throttle.reset({ user: 'a', address: '192.0.2.3' });
    }
  });

  test('that arrive together are counted one by one', async () => {
    const throttle = createThrottle(database.pool, 'secret', limits);
    const burst = await Promise.all(
      Array.from({ length: 12 }, (_, index) => throttle.admit({ user: `u${index}`, address: '192.0.2.4' })),
    );
    expect(burst.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(3);
  });
});
