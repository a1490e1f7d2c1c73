import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { stepNames } from '../model/plan.ts';
import { findStep, steps } from './steps.ts';

describe('the table of steps', () => {
  test('has the steps of events, every step of the plan and those of registrations and of the hub, and nothing else', () => {
    expect(Object.keys(steps)).toEqual([
      'accept-event',
      'expand-members',
      ...stepNames,
      'write-registration',
      'push-person',
      'push-group',
      'push-members',
      'compare-page',
      'import-page',
    ]);
    expect(findStep('accept-event')).toEqual({ subject: 'event', name: 'accept-event', queue: 'intake' });
    expect(findStep('write-registration')).toEqual({
      subject: 'registration',
      name: 'write-registration',
      queue: 'registration',
    });
    for (const name of stepNames)
      expect(findStep(name)).toEqual({ subject: 'shipment', name, queue: steps[name].queue });
  });

  test.each(['', 'print-label', 'toString', '__proto__'])('has no step "%s"', (name) => {
    expect(findStep(name)).toBeNull();
  });

  test('is the one that ARCHITECTURE.md shows', async () => {
    const text = await readFile(new URL('../../../../ARCHITECTURE.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `?([a-z-]+)`? \| \d ([a-z-]+) \|/gm)].map(
      ([, name, queue]) => `${name} ${queue}`,
    );
    const table = Object.entries(steps).map(([name, { queue }]) => `${name} ${queue}`);
    expect(rows.toSorted()).toEqual(table.toSorted());
  });
});
