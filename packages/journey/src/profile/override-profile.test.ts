import { describe, expect, test } from '@jest/globals';

import type { Overrides } from '../model/profile.ts';
import { sourced } from '../testing/samples.ts';
import { replacedBy, override } from './override-profile.ts';

const values = {
  city: { value: 'Portland', source: 'override' },
  organization: { value: 'Southlight', source: 'correction' },
} as const;
const fresh: Overrides = { values, replaced: {} };
const seen: Overrides = { values, replaced: replacedBy(sourced(), ['city', 'organization']) };

describe('values for one shipment', () => {
  test('take precedence over the sources, with their own source', () => {
    expect(override(sourced(), fresh).profile).toEqual({ ...sourced(), ...values });
  });

  test('are kept with the values they replace, part by part', () => {
    const { overrides, lapsed } = override(sourced(), fresh);
    expect(lapsed).toEqual([]);
    expect(overrides).toEqual(seen);
    expect(Object.keys(overrides.replaced)).toEqual(['organization', 'address']);
  });

  test('apply as long as the sources keep their values', () => {
    expect(override(sourced({ firstName: 'Zoe' }), seen).overrides).toEqual(seen);
  });

  test('lapse with a change of their part in its source, and no other part lapses', () => {
    const moved = sourced({ organization: 'Westlight' });
    expect(override(moved, seen)).toMatchObject({
      lapsed: ['organization'],
      profile: { organization: { value: 'Westlight', source: 'okta' }, city: values.city },
    });
    expect(override(moved, seen).overrides).toEqual({
      values: { city: values.city },
      replaced: replacedBy(sourced(), ['city']),
    });
  });

  test.each(['streetAddress', 'city', 'state', 'zipCode', 'countryCode'] as const)(
    'of an address lapse all together with a change of its %s',
    (field) => {
      const both: Overrides = {
        values: { city: values.city, zipCode: { value: '97205', source: 'override' } },
        replaced: replacedBy(sourced(), ['city', 'zipCode']),
      };
      const moved = sourced({ [field]: 'moved' });
      expect(override(moved, both)).toEqual({
        profile: moved,
        overrides: { values: {}, replaced: {} },
        lapsed: ['address'],
      });
    },
  );

  test('lapse also when the source loses the value, or gets one', () => {
    expect(override(sourced({ organization: null }), seen).lapsed).toEqual(['organization']);
    const without: Overrides = { values, replaced: replacedBy(sourced({ organization: null }), ['organization']) };
    expect(override(sourced(), without).lapsed).toEqual(['organization']);
  });

  test('never replace an address that a PIN goes to', () => {
    const forged: object = { email: { value: 'a@evil.example', source: 'override' } };
    expect(override(sourced(), { values: forged, replaced: {} })).toEqual({
      profile: sourced(),
      overrides: { values: {}, replaced: {} },
      lapsed: [],
    });
  });
});
