import { describe, expect, test } from '@jest/globals';

import { createJoinLookups } from './join-lookups.ts';

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('lookups of one key', () => {
  test('at the same time are two: the one that runs, and one for all who asked meanwhile', async () => {
    const join = createJoinLookups<number>();
    const { opened, open } = gate();
    let lookups = 0;
    const lookUp = async (): Promise<number> => {
      lookups += 1;
      const own = lookups;
      await opened;
      return own;
    };
    const answers = Array.from({ length: 100 }, () => join('key', lookUp));
    expect(await Promise.race([join('other', async () => 7), opened])).toBe(7);
    open();
    expect(await Promise.all(answers)).toEqual([1, ...Array.from({ length: 99 }, () => 2)]);
    expect(lookups).toBe(2);
    expect(await join('key', async () => 3)).toBe(3);
  });

  test('that fail fail for all, without another try', async () => {
    const join = createJoinLookups<number>();
    let lookups = 0;
    const lookUp = async (): Promise<number> => {
      lookups += 1;
      throw new RangeError('the database is away');
    };
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => join('key', lookUp)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(lookups).toBe(1);
    expect(await join('key', async () => 5)).toBe(5);
  });
});
