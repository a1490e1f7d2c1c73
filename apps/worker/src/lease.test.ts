import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { holdLease, LeaseLostError, type Lease } from './hold-lease.ts';
import { freeze } from './testing/freeze.ts';

const leaseMs = 60;

let lease: Lease;
const renewals: boolean[] = [];
const errors: unknown[] = [];
afterEach(() => {
  lease.end();
  renewals.length = 0;
  errors.length = 0;
});

function hold(renew: () => Promise<boolean>): void {
  lease = holdLease({
    leaseMs,
    claimedAtMs: performance.now(),
    renew: async () => {
      const isRenewed = await renew();
      renewals.push(isRenewed);
      return isRenewed;
    },
    onError: (error) => void errors.push(error),
  });
}

describe('a lease', () => {
  test('is renewed until it is ended', async () => {
    hold(async () => true);
    await until(
      () => renewals.length,
      (count) => count >= 6,
    );
    await expect(lease.confirm()).resolves.toBeUndefined();
    lease.end();
    const count = renewals.length;
    freeze(leaseMs);
    await new Promise(setImmediate);
    expect(renewals).toHaveLength(count);
  });

  test('that was lost is never confirmed again, nor renewed', async () => {
    hold(async () => false);
    await until(
      () => renewals.length,
      (count) => count > 0,
    );
    await expect(lease.confirm()).rejects.toThrow(LeaseLostError);
    await expect(lease.confirm()).rejects.toMatchObject({ code: 'lease_lost' });
    expect(renewals).toEqual([false]);
  });
});

describe('after the process was frozen for longer than the lease', () => {
  test('the ledger is asked first, and a lost lease is not confirmed', async () => {
    hold(async () => false);
    freeze(leaseMs + 1);
    await expect(lease.confirm()).rejects.toThrow(LeaseLostError);
  });

  test('a lease that no other attempt has is confirmed', async () => {
    hold(async () => true);
    freeze(leaseMs + 1);
    await expect(lease.confirm()).resolves.toBeUndefined();
    expect(renewals).not.toEqual([]);
  });

  test('nothing is confirmed while the ledger is away', async () => {
    const away = new TypeError('the ledger is away');
    hold(() => Promise.reject(away));
    freeze(leaseMs + 1);
    await expect(lease.confirm()).rejects.toBe(away);
  });
});

test('a renewal that fails is reported, and changes nothing before the lease runs out', async () => {
  const away = new TypeError('the ledger is away');
  lease = holdLease({
    leaseMs: 90_000,
    claimedAtMs: performance.now(),
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
