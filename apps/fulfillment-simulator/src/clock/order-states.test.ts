import { describe, expect, test } from '@jest/globals';

import { hasShipped, isEditable, stateAt } from './order-states.ts';

const hours = (count: number): number => count * 3_600_000;
const minutes = (count: number): number => count * 60_000;

describe('the route of an order', () => {
  test.each([
    [0, 3],
    [minutes(15) - 1, 3],
    [minutes(15), 4],
    [hours(11) - 1, 4],
    [hours(11), 12],
    [hours(12), 100],
    [hours(13), 101],
    [hours(14), 102],
    [hours(24) - 1, 102],
    [hours(24), 103],
    [hours(72) - 1, 103],
    [hours(72), 104],
    [hours(10_000), 104],
  ])('with a good address is, after %d ms, at state %d', (elapsedMs, stateId) => {
    expect(stateAt(elapsedMs, 'deliverable').stateId).toBe(stateId);
  });

  test.each([
    ['suggestion', 6],
    ['undeliverable', 7],
  ] as const)('with a verdict of %s stops at %d until the order is edited', (verdict, stateId) => {
    expect(stateAt(minutes(15) - 1, verdict)).toEqual({ stateId: 3, nextAfterMs: minutes(15) });
    expect(stateAt(minutes(15), verdict)).toEqual({ stateId, nextAfterMs: null });
    expect(stateAt(hours(100), verdict)).toEqual({ stateId, nextAfterMs: null });
  });

  test('passes every state in order, and each state has the time of the next', () => {
    const passed: number[] = [];
    let nextMs: number | null = 0;
    while (nextMs !== null) {
      const { stateId, nextAfterMs } = stateAt(nextMs, 'deliverable');
      if (nextAfterMs !== null) expect(nextAfterMs).toBeGreaterThan(nextMs);
      passed.push(stateId);
      nextMs = nextAfterMs;
    }
    expect(passed).toEqual([3, 4, 12, 100, 101, 102, 103, 104]);
  });
});

test('an order can be edited up to state 9 and no further', () => {
  expect([1, 3, 4, 6, 7, 9].filter(isEditable)).toEqual([1, 3, 4, 6, 7, 9]);
  expect([12, 99, 100, 103, 2000].filter(isEditable)).toEqual([]);
});

test('only 103 and 104 mean that the key has shipped', () => {
  expect([3, 12, 99, 102, 103, 104, 105, 106, 110, 1025, 2000].filter(hasShipped)).toEqual([103, 104]);
});
