import { describe, expect, test } from '@jest/globals';

import { createFloodLog, type FloodLimits } from './flood-log.ts';

const limits: FloodLimits = { windowMs: 3_600_000, perSubject: 3, perWindow: 5, maxSubjects: 4 };

function writing(changes: Partial<FloodLimits> = {}) {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = createFloodLog((fields, message) => lines.push({ ...fields, message }), { ...limits, ...changes });
  const write = (address: string, times = 1): void => {
    for (let time = 0; time < times; time++)
      log.write({ subject: { address }, details: { requestId: `r${time}` }, message: 'refused' });
  };
  return { lines, log, write };
}

describe('a flood log', () => {
  test('writes one line for each thing that happens', () => {
    const { lines, write } = writing();
    write('a', 2);
    expect(lines).toEqual([
      { address: 'a', requestId: 'r0', message: 'refused' },
      { address: 'a', requestId: 'r1', message: 'refused' },
    ]);
  });

  test('counts what one subject causes beyond its lines, and still writes those of another', () => {
    const { lines, log, write } = writing();
    write('a', 1_000);
    write('b');
    expect(lines).toHaveLength(4);
    log.close();
    expect(lines.slice(4)).toEqual([{ address: 'a', count: 997, message: 'refused, more of the same' }]);
  });

  test('writes no more lines in a window than its limit, however many subjects there are', () => {
    const { lines, log, write } = writing();
    for (let subject = 0; subject < 10_000; subject++) write(`subject ${subject}`, 2);
    expect(lines.length).toBeLessThanOrEqual(limits.perWindow);
    log.close();
    expect(lines.length).toBeLessThanOrEqual(limits.perWindow + limits.maxSubjects + 1);
    const counted = lines.reduce((sum, { count }) => sum + (typeof count === 'number' ? count : 1), 0);
    expect(counted).toBe(20_000);
  });

  test('begins anew after a window', () => {
    const { lines, log, write } = writing();
    write('a', 10);
    log.close();
    lines.length = 0;
    write('a');
    expect(lines).toEqual([{ address: 'a', requestId: 'r0', message: 'refused' }]);
  });

  test('ends its window by itself', async () => {
    const closed = new Promise<Readonly<Record<string, unknown>>>((resolve) => {
      const log = createFloodLog((fields) => fields['count'] !== undefined && resolve(fields), {
        ...limits,
        windowMs: 1,
        perSubject: 0,
      });
      log.write({ subject: { address: 'a' }, details: {}, message: 'refused' });
    });
    expect(await closed).toEqual({ address: 'a', count: 1 });
  });
});
