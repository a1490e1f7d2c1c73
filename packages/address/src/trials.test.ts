import { describe, expect, test } from '@jest/globals';
import type { Suggestion } from '@keycourier/journey/model/profile';

import { checkAddress } from './check-address.ts';
import { sourced, valuesOf } from './testing/sourced.ts';
import { isField, type Trial, trialsByFile } from './testing/trials.ts';

const person = { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', organization: 'Example Ltd' };

const check = ({ p }: Trial) =>
  checkAddress(sourced({ ...person, ...p }), { isNewUser: false, enabledCountries: null });

function expectShipped(trial: Trial): void {
  const verdict = check(trial);
  expect(verdict).toMatchObject({ outcome: 'shippable' });
  const shipped = verdict.outcome === 'shippable' ? valuesOf(verdict.profile) : {};
  expect(shipped).toMatchObject(trial.normal ?? {});
}

function expectHeld({ field, suggest, ...trial }: Trial): void {
  const verdict = check({ field, suggest, ...trial });
  expect(verdict).toMatchObject({ outcome: 'problems' });
  if (verdict.outcome !== 'problems' || field === undefined) return;
  expect(verdict.problems.map((problem) => problem.field)).toContain(field);
  const suggested: Suggestion = verdict.suggestion;
  if (suggest === null) expect(suggested).not.toHaveProperty(field);
  else if (suggest !== undefined && isField(suggest)) expect(suggested).toHaveProperty(suggest);
  else if (suggest !== undefined) expect(suggested).toHaveProperty(field, suggest);
}

describe.each(trialsByFile)('an address of $file', ({ trials }) => {
  test.each(trials.map((trial) => ({ trial })))('$trial.want: $trial.n', ({ trial }) =>
    trial.want === 'accept' ? expectShipped(trial) : expectHeld(trial),
  );
});

test('every kind of the trials has cases', () => {
  expect(trialsByFile.length).toBeGreaterThan(0);
  for (const { trials } of trialsByFile) expect(trials.length).toBeGreaterThan(0);
});
