import { expect, test } from '@jest/globals';

import { percentile, rangeOf } from './statistics.ts';

test('a percentile is a measured value', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(values, 0.5)).toBe(51);
  expect(percentile(values, 0.99)).toBe(100);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test('the range of rounds does not depend on their order', () => {
  expect(rangeOf([3, 9, 1, 5, 7])).toEqual({ median: 5, min: 1, max: 9 });
  expect(rangeOf([4, 2])).toEqual({ median: 3, min: 2, max: 4 });
});
