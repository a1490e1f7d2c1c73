import { setImmediate } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { createBatchLimiter } from './batch-limiter.ts';

test('batches of one tenant run one after the other, those of several tenants concurrently, up to a limit', async () => {
  const batchLimiter = createBatchLimiter(2);
  const begun: string[] = [];
  const ends: Record<string, () => void> = {};
  const take = (tenant: string, name: string) =>
    batchLimiter.run(
      tenant,
      () =>
        new Promise<void>((resolve) => {
          begun.push(name);
          ends[name] = resolve;
        }),
    );
  const all = [take('acme', 'a1'), take('acme', 'a2'), take('globex', 'g1'), take('initech', 'i1')];
  const later = async () => {
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  };
  await later();
  expect(begun).toEqual(['a1', 'g1']);
  ends['g1']?.();
  await later();
  expect(begun).toEqual(['a1', 'g1', 'i1']);
  ends['a1']?.();
  await later();
  expect(begun).toEqual(['a1', 'g1', 'i1', 'a2']);
  ends['i1']?.();
  ends['a2']?.();
  await Promise.all(all);
});

test('a batch that fails lets the next one run', async () => {
  const batchLimiter = createBatchLimiter(1);
  await expect(batchLimiter.run('acme', () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
  expect(await batchLimiter.run('acme', async () => 'next')).toBe('next');
});
