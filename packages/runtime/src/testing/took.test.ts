import { setTimeout } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { took } from './took.ts';

const hold = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a wait counts in full, without the time in which the process did not run', async () => {
  const { value, ms } = await took(async () => {
    await setTimeout(60);
    hold(2_000);
    await setTimeout(60);
    return 'answered';
  });
  expect(value).toBe('answered');
  // On a busy machine parts of the two waits are not counted either.
  expect(ms).toBeGreaterThan(20);
  expect(ms).toBeLessThan(1_500);
});

test('work that fails fails', async () => {
  await expect(took(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
});
