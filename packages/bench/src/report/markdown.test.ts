import { expect, test } from '@jest/globals';

import { atLeast, atMost } from './format.ts';
import { reportOf, tablesOf } from './markdown.ts';
import { nothingFound, type PartResult } from './result.ts';

const result = (part: string, ranAt: string): PartResult => ({
  ...nothingFound,
  part,
  title: part,
  about: 'About it.',
  ranAt,
  seconds: 90,
  failure: null,
  targets: [
    atMost('Latency', 20, [10, 'ms']),
    atLeast('Rate', 1_234.5, [1_000, '/s']),
    atMost('Skipped', null, [1, 's']),
  ],
});

const machine = {
  processor: 'P',
  cores: 2,
  memoryGb: 8,
  system: 'Linux',
  node: 'v20',
  postgres: '18',
  redis: '8',
};

test('each target stands beside its figure, with how near it is', () => {
  const text = tablesOf(result('intake', '2026-01-01T10:00'));
  expect(text).toContain('| Latency | 20 ms | at most 10 ms | 2 × | **not met** |');
  expect(text).toContain('| Rate | 1,235 /s | at least 1,000 /s | 1.23 × | met |');
  expect(text).toContain('| Skipped | – | at most 1 s | – | not measured |');
});

test('the report says whether its figures are of one run', () => {
  const one = reportOf([result('intake', '2026-01-01T10:00'), result('batch', '2026-01-01T10:00')], machine);
  expect(one).toContain('in one run of 3 minutes');
  const two = reportOf([result('intake', '2026-01-01T10:00'), result('batch', '2026-01-02T10:00')], machine);
  expect(two).toContain('in 2 runs (UTC): intake 2026-01-01 10:00, batch 2026-01-02 10:00');
});

test('the report says of a part that it failed, beside the figures that it had', () => {
  const [intake, batch] = [result('intake', '2026-01-01T10:00'), result('batch', '2026-01-01T10:00')];
  const text = reportOf([intake, { ...batch, failure: 'no disk left' }], machine);
  expect(text).toContain('**Failed: batch.**');
  expect(text).toContain('an earlier one: no disk left');
  expect(text).toContain('| Latency | 20 ms |');
});
