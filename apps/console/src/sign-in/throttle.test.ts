import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';

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
  // Hundreds of attempts at once wait for its four connections.
  database = connectDatabase(temporary.url, () => undefined, patientLimits);
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
      for (let guess = 0; guess < throttleLimits.perUserAndAddress; guess += 1)
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

const wide = {
  perUserAndAddress: 100,
  perAddress: 100,
  perUser: 100,
  inAll: 100,
  windowSeconds: 60,
  knownSeconds: 600,
};

/** A throttle whose counts no other test shares: its secret makes other keys of the same names. */
function throttleWith(secret: string, narrow: Partial<typeof wide>) {
  const throttle = createThrottle(database.pool, secret, { ...wide, ...narrow });
  const admit = async (user: string, address: string): Promise<string> =>
    (await throttle.admit({ user, address })).outcome;
  return {
    admit,
    signIn: (user: string, address: string): Promise<void> => throttle.reset({ user, address }),
    /** How many of the attempts are admitted. */
    flood: async (attempts: readonly (readonly [string, string])[]): Promise<number> => {
      const outcomes = await Promise.all(attempts.map(([user, address]) => admit(user, address)));
      return outcomes.filter((outcome) => outcome === 'admitted').length;
    },
  };
}

const many = (count: number, attempt: (index: number) => readonly [string, string]) =>
  Array.from({ length: count }, (_, index) => attempt(index));

describe('wrong tries of others', () => {
  test('from one address lock no operator out at another, however many they are', async () => {
    const { admit, flood } = throttleWith('one', throttleLimits);
    expect(await flood(many(300, () => ['ada', '203.0.113.1']))).toBe(throttleLimits.perUserAndAddress);
    expect(await admit('ada', '203.0.113.1')).toBe('throttled');
    expect(await admit('ada', '203.0.113.2')).toBe('admitted');
    expect(await admit('Ada ', '203.0.113.3')).toBe('admitted');
  });

  test('from many addresses stop at a limit for the user, which does not count where the user has signed in before', async () => {
    const { admit, flood, signIn } = throttleWith('two', { perUser: 10 });
    expect(await admit('ada', '203.0.113.200')).toBe('admitted');
    await signIn('ada', '203.0.113.200');
    expect(await flood(many(60, (index) => ['ada', `203.0.113.${index}`]))).toBe(10);
    expect(await admit('ada', '203.0.113.201')).toBe('throttled');
    expect(await admit('ada', '203.0.113.200')).toBe('admitted');
    expect(await admit('grace', '203.0.113.201')).toBe('admitted');
  });

  test('sprayed over users and addresses stop at a limit for all, which does not count where a user has signed in before', async () => {
    const { admit, flood, signIn } = throttleWith('three', { inAll: 12 });
    expect(await admit('ada', '198.51.100.200')).toBe('admitted');
    await signIn('ada', '198.51.100.200');
    expect(await flood(many(60, (index) => [`user-${index}`, `198.51.100.${index}`]))).toBe(12);
    expect(await admit('grace', '198.51.100.201')).toBe('throttled');
    expect(await admit('ada', '198.51.100.200')).toBe('admitted');
  });

  test('at an address of the operator count for the pair of both', async () => {
    const { admit, signIn } = throttleWith('four', { perUserAndAddress: 2 });
    await signIn('ada', '203.0.113.77');
    for (const outcome of ['admitted', 'admitted', 'throttled'])
      expect(await admit('ada', '203.0.113.77')).toBe(outcome);
  });
});

describe('attempts from one address', () => {
  const narrow = { perAddress: 3 };

  test('are throttled for all users together, without throttling those users at other addresses', async () => {
    const { admit } = throttleWith('five', narrow);
    for (const user of ['a', 'b', 'c']) expect(await admit(user, '192.0.2.1')).toBe('admitted');
    expect(await admit('d', '192.0.2.1')).toBe('throttled');
    expect(await admit('d', '192.0.2.2')).toBe('admitted');
  });

  test('of IPv6 are those of its /64 network', async () => {
    const { flood, admit } = throttleWith('six', narrow);
    expect(await flood(many(12, (index) => [`u${index}`, `2001:db8:9:9::${index + 1}`]))).toBe(3);
    expect(await admit('u', '2001:db8:9:8::1')).toBe('admitted');
  });

  test('that succeed do not count', async () => {
    const { admit, signIn } = throttleWith('seven', narrow);
    for (let times = 0; times < 10; times += 1) {
      expect(await admit('a', '192.0.2.3')).toBe('admitted');
      await signIn('a', '192.0.2.3');
    }
  });

  test('that arrive together are counted one by one', async () => {
    const { flood } = throttleWith('eight', narrow);
    expect(await flood(many(12, (index) => [`u${index}`, '192.0.2.4']))).toBe(3);
  });
});
