import { expect, test } from '@jest/globals';

import { countOf } from './counted.ts';

const upTo = (found: number) => (atMost: number) => Promise.resolve(Math.min(found, atMost));

test.each([
  [0, { count: 0, atLeast: false }],
  [1_000, { count: 1_000, atLeast: false }],
  [1_001, { count: 1_000, atLeast: true }],
  [200_000, { count: 1_000, atLeast: true }],
])('%d are counted as %j', async (found, answer) => {
  expect(await countOf(true, upTo(found))).toEqual(answer);
});

test('nothing is counted unless it is asked for', async () => {
  expect(await countOf(false, () => Promise.reject(new RangeError('counted')))).toEqual({});
});
