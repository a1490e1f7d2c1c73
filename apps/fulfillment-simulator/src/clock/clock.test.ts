import { expect, test } from '@jest/globals';

import { providerTimeMs, withSpeed } from './clock.ts';

const start = { speed: 1, provider_ms: 0, since_ms: 1_000 };

test('provider time is wall time multiplied by the speed', () => {
  expect(providerTimeMs(start, 1_500)).toBe(500);
  expect(providerTimeMs({ ...start, speed: 86_400 }, 2_000)).toBe(86_400_000);
});

test('changing the speed keeps the time that has passed, and zero stops the clock', () => {
  const fast = withSpeed(start, 1_000, 2_000);
  expect(providerTimeMs(fast, 2_000)).toBe(1_000);
  expect(providerTimeMs(fast, 2_010)).toBe(11_000);
  const stopped = withSpeed(fast, 0, 2_010);
  expect(providerTimeMs(stopped, 9_999_999)).toBe(11_000);
});

test('a wall clock that is set back does not reduce provider time', () => {
  const clock = withSpeed(start, 10, 5_000);
  expect(providerTimeMs(clock, 100)).toBe(4_000);
  expect(providerTimeMs(withSpeed(clock, 1, 100), 100)).toBe(4_000);
});
