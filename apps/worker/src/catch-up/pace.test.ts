import { afterAll, describe, expect, test } from '@jest/globals';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';

import { catchUpUnderTest, logged } from '../testing/catch-up.ts';
import { waitMs, windowAfter, type RateWindow } from './pace.ts';

afterAll(closeTestLedgers);

const start = new Date('2026-01-02T03:04:00.000Z');
const after = (ms: number): Date => new Date(start.getTime() + ms);

/** An org's rate limit by minute. */
function rateLimit(limit: number) {
  const used = new Map<number, number>();
  return {
    used,
    call: (now: Date, calls = 1) => {
      const minute = Math.floor(now.getTime() / 60_000);
      used.set(minute, (used.get(minute) ?? 0) + calls);
      return {
        limit,
        remaining: limit - (used.get(minute) ?? 0),
        resetsInMs: (minute + 1) * 60_000 - now.getTime() + 1_000,
      };
    },
  };
}

describe('the pace', () => {
  test.each([2, 3, 10, 60, 120, 1_200])(
    'uses half of a limit of %i at most, and waits for the next window',
    (limit) => {
      const org = rateLimit(limit);
      let window: RateWindow | null = null;
      let now = start;
      const waits: number[] = [];
      for (let call = 0; call < limit * 3; call += 1) {
        const wait = waitMs(window, now);
        if (wait > 0) waits.push(wait);
        now = new Date(now.getTime() + wait + 10);
        window = windowAfter(window, org.call(now), now);
      }
      expect(Math.max(...org.used.values())).toBe(Math.max(1, Math.floor(limit / 2)));
      expect(waits.length).toBeGreaterThanOrEqual(5);
    },
  );

  test('leaves a tenth of the limit where others use it too', () => {
    const org = rateLimit(100);
    org.call(start, 85);
    const window = windowAfter(null, org.call(start), start);
    expect(window?.callsLeft).toBe(4);
    expect(waitMs(windowAfter(window, org.call(start, 4), start), start)).toBe(61_000);
  });

  test('does not begin a new window for an answer that names a later end, and waits for that end', () => {
    let window = windowAfter(null, { limit: 4, remaining: 3, resetsInMs: 60_000 }, start);
    window = windowAfter(window, { limit: 4, remaining: 3, resetsInMs: 60_000 }, after(1_000));
    expect(window).toEqual({ endsAt: after(61_000), callsLeft: 0 });
    expect(waitMs(window, after(60_000))).toBe(1_000);
    expect(windowAfter(window, { limit: 4, remaining: 3, resetsInMs: 60_000 }, after(61_000))?.callsLeft).toBe(1);
  });

  test('uses half of a window at most that the org begins anew within ours', () => {
    let window: RateWindow | null = null;
    const callAt = (ms: number, beganMs: number): void => {
      window = windowAfter(window, { limit: 20, remaining: 15, resetsInMs: beganMs + 60_000 - ms }, after(ms));
    };
    for (let call = 0; call < 5; call += 1) callAt(call, 0);
    let inNewWindow = 0;
    for (let ms = 30_000; ms < 90_000; ms += 100) {
      if (waitMs(window, after(ms)) > 0) continue;
      callAt(ms, 30_000);
      inNewWindow += 1;
    }
    expect(inNewWindow).toBeLessThanOrEqual(10);
  });

  test('keeps to half of a limit that the org lowers within a window', () => {
    const before = windowAfter(null, { limit: 600, remaining: 599, resetsInMs: 60_000 }, start);
    expect(before?.callsLeft).toBe(299);
    const lowered = windowAfter(before, { limit: 120, remaining: 119, resetsInMs: 60_000 }, after(1_000));
    expect(lowered?.callsLeft).toBe(59);
  });

  test('has no limit to keep where the org names none, nor where it names that of concurrent calls', () => {
    expect(waitMs(windowAfter(null, null, start), start)).toBe(0);
    expect(windowAfter(null, { limit: 0, remaining: 0, resetsInMs: 60_000 }, start)).toBeNull();
  });
});

test('5,000 events of an hour are read within two polls of a limit of 30 a minute, at half of it', async () => {
  const world = await catchUpUnderTest();
  const org = rateLimit(30);
  world.log.change = (page) => ({ ...page, rateLimit: org.call(world.opened.clock.now) });
  await world.poll();
  for (let minute = 60; minute > 0; minute -= 1) {
    const at = new Date(world.opened.clock.now.getTime() - minute * 60_000);
    world.log.add(
      Array.from({ length: 84 }, () => logged(at)),
      at,
    );
  }
  await world.poll();
  expect(await world.uuids()).toHaveLength(5_040);
  expect(Math.max(...org.used.values())).toBeLessThanOrEqual(15);
});

test('what a worker used of a window counts for the next one', async () => {
  const world = await catchUpUnderTest({ pageSize: 1 });
  const org = rateLimit(10);
  world.log.change = (page) => ({ ...page, rateLimit: org.call(world.opened.clock.now) });
  world.log.add(Array.from({ length: 12 }, () => logged(world.opened.clock.now)));
  const waits: number[] = [];
  for (const worker of ['w1', 'w2', 'w3']) waits.push(await world.poll({ worker }));
  expect(world.log.calls).toHaveLength(5);
  expect(Math.min(...waits)).toBeGreaterThan(0);
  for (let turn = 0; turn < 3; turn += 1) {
    world.pass(61_000);
    await world.poll();
  }
  expect(await world.uuids()).toHaveLength(12);
  expect(Math.max(...org.used.values())).toBe(5);
});
