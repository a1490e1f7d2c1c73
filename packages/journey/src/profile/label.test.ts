import { expect, test } from '@jest/globals';

import type { CheckedProfile } from '../model/profile.ts';
import { checkedProfile } from '../testing/samples.ts';
import { isSameLabel, parcelEmail } from './label.ts';

const profile = checkedProfile();

test('the parcel’s mail goes to the secondary address of a new user, else to the primary', () => {
  expect(parcelEmail(profile)).toBe(profile.email);
  expect(parcelEmail({ ...profile, isNewUser: true })).toBe(profile.secondEmail);
  expect(parcelEmail({ ...profile, isNewUser: true, secondEmail: null })).toBe(profile.email);
});

test.each<Partial<CheckedProfile>>([
  { firstName: 'x' },
  { lastName: 'x' },
  { organization: 'x' },
  { primaryPhone: 'x' },
  { email: 'x' },
  { isNewUser: true },
  { streetLine1: 'x' },
  { streetLine2: 'x' },
  { city: 'x' },
  { state: null },
  { zipCode: 'x' },
  { countryCode: 'x' },
])('a label is different with %j', (change) => {
  expect(isSameLabel(profile, { ...profile, ...change })).toBe(false);
});

test.each<[string, Partial<CheckedProfile>]>([
  ['secondary address of an existing user', { secondEmail: 'other@home.example' }],
  ['source of a value', { sources: { city: 'override' } }],
  ['normalisation', { normalisations: [] }],
])('a label stays the same with another %s', (_, change) => {
  expect(isSameLabel(profile, { ...profile, ...change })).toBe(true);
});

test('a label is the same in any order of its fields', () => {
  const reversed: CheckedProfile = { ...profile, ...Object.fromEntries(Object.entries(profile).toReversed()) };
  expect(isSameLabel(profile, reversed)).toBe(true);
});
