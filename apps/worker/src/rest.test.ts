import { beforeEach, describe, expect, test } from '@jest/globals';

import { createRest, type Rest } from './rest.ts';

let [nowMs, reads, answer] = [0, 0, async () => true];
let rest: Rest;

beforeEach(() => {
  [nowMs, reads, answer] = [0, 0, async () => true];
  rest = createRest(
    () => {
      reads += 1;
      return answer();
    },
    () => nowMs,
  );
});

const passMs = (ms: number): void => {
  nowMs += ms;
};

describe('at rest', () => {
  test('jobs of workers that are gone are looked for once a minute, by all queues', async () => {
    expect(await Promise.all([rest.mayBeStalled(), rest.mayBeStalled()])).toEqual([true, true]);
    for (let ms = 5_000; ms < 60_000; ms += 5_000) {
      passMs(5_000);
      expect(await rest.mayBeStalled()).toBe(false);
    }
    passMs(5_000);
    expect(await rest.mayBeStalled()).toBe(true);
    passMs(5_000);
    expect(await rest.mayBeStalled()).toBe(false);
  });

  test('one read answers all who ask at the same moment', async () => {
    passMs(5_000);
    expect(await Promise.all([rest.isAtRest(), rest.isAtRest(), rest.isAtRest()])).toEqual([true, true, true]);
    expect(reads).toBe(1);
    passMs(5_000);
    await rest.isAtRest();
    expect(reads).toBe(2);
  });
});

test('while something is under way, or the database is away, each look goes on', async () => {
  await rest.mayBeStalled();
  for (const next of [async () => false, () => Promise.reject(new RangeError('the database is away'))]) {
    answer = next;
    passMs(5_000);
    expect(await rest.isAtRest()).toBe(false);
    expect(await rest.mayBeStalled()).toBe(true);
  }
});
