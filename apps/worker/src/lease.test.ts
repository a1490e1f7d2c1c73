import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { holdLease, LeaseLostError, type Lease } from './lease.ts';
import { freeze } from './testing/freeze.ts';

const leaseMs = 60;

let lease: Lease;
const asked: boolean[] = [];
const errors: unknown[] = [];
afterEach(() => {
  lease.end();
  asked.length = 0;
  errors.length = 0;
});

function hold(renew: () => Promise<boolean>): void {
  lease = holdLease({
    leaseMs,
    askedAtMs: performance.now(),
    renew: async () => {
      const answer = await renew();
      asked.push(answer);
      return answer;
    },
    onError: (error) => void errors.push(error),
  });
}

describe('a lease', () => {
  test('is renewed for as long as the visit lasts', async () => {
    hold(async () => true);
    await until(
      () => asked.length,
      (count) => count >= 6,
    );
    await expect(lease.confirm()).resolves.toBeUndefined();
    lease.end();
    const count = asked.length;
    freeze(leaseMs);
    await new Promise(setImmediate);
    expect(asked).toHaveLength(count);
  });

  test('that is found to be lost lets nothing be done any more, and is not asked about again', async () => {
    hold(async () => false);
    await until(
      () => asked.length,
      (count) => count > 0,
    );
    await expect(lease.confirm()).rejects.toThrow(LeaseLostError);
    await expect(lease.confirm()).rejects.toMatchObject({ code: 'lease_lost' });
    expect(asked).toEqual([false]);
  });
});

describe('after the process was frozen for longer than the lease', () => {
  test('the ledger is asked before anything is done', async () => {
    hold(async () => false);
    freeze(leaseMs + 1);
    await expect(lease.confirm()).rejects.toThrow(LeaseLostError);
  });

  test('a lease that nobody took goes on', async () => {
    hold(async () => true);
    freeze(leaseMs + 1);
    await expect(lease.confirm()).resolves.toBeUndefined();
    expect(asked).not.toEqual([]);
  });

  test('nothing is done while nobody can tell', async () => {
    const away = new TypeError('the ledger is away');
    hold(() => Promise.reject(away));
    freeze(leaseMs + 1);
    await expect(lease.confirm()).rejects.toBe(away);
  });
});

test('a renewal that fails is told, and changes nothing within the lease', async () => {
  const away = new TypeError('the ledger is away');
  lease = holdLease({
    leaseMs: 90_000,
    askedAtMs: performance.now(),
    renew: () => Promise.reject(away),
    onError: (error) => void errors.push(error),
  });
  await expect(lease.confirm()).resolves.toBeUndefined();
  lease.end();
  hold(() => Promise.reject(away));
  await until(
    () => errors.length,
    (count) => count > 0,
  );
  expect(errors[0]).toBe(away);
});
