import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { startTargets, type Targets } from '../fuzz/targets.ts';
import { measure } from './measure.ts';
import { limitCases, type LimitCase } from './one-more.ts';

/** The bodies are left out: together they are hundreds of MiB. */
const limits = limitCases({ hookSecret: '', apiKey: '', cookie: '', csrfToken: '' }).map(({ what, limit }) => ({
  what,
  limit,
}));
const documented = await readFile(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');

let targets: Targets;
let cases: readonly LimitCase[];
const figures: string[] = [];
beforeAll(async () => {
  targets = await startTargets();
  cases = limitCases(targets.credentials);
});
afterAll(async () => {
  await targets.stop();
  process.stdout.write(`${figures.join('\n')}\n`);
});

describe('one more than a request may have', () => {
  test.each(limits.map(({ what }, index) => ({ what, index })))('of "$what" is refused', async ({ what, index }) => {
    const one = cases[index];
    if (one === undefined) throw new RangeError(what);
    const { status, text, tookMs, othersMs, quietMs } = await measure(targets, one);
    figures.push(
      `${what.padEnd(52)} ${String(one.limit).padStart(9)}  ${status}  took ${tookMs.toFixed(0).padStart(5)} ms, others waited ${othersMs.toFixed(0).padStart(4)} ms at most (quiet: ${quietMs.toFixed(0)} ms)`,
    );
    const [expected, part] = one.expected;
    expect([status, text]).toEqual([expected, expect.stringContaining(part)]);
  });
});

test('every limit is documented with its value', () => {
  const missing = limits.filter(({ what, limit }) => {
    const [thing = '', piece = ''] = what.split(': ');
    const row = documented.split('\n').find((line) => line.startsWith(`| ${thing}: ${piece.split(',')[0] ?? ''} |`));
    return row?.includes(` ${limit.toLocaleString('en-US')} |`) !== true;
  });
  expect(missing.map(({ what, limit }) => [what, limit])).toEqual([]);
});
