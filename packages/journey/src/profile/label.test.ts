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
])('a label is another with %j', (change) => {
  expect(isSameLabel(profile, { ...profile, ...change })).toBe(false);
});

test.each<[string, Partial<CheckedProfile>]>([
  ['the address that the parcel is not announced to', { secondEmail: 'other@home.example' }],
  ['where a value came from', { sources: { city: 'override' } }],
  ['what was normalised', { normalisations: [] }],
])('a label is the same whatever is %s', (_, change) => {
  expect(isSameLabel(profile, { ...profile, ...change })).toBe(true);
});

test('a label is the same in whatever order it was stored', () => {
  const reversed: CheckedProfile = { ...profile, ...Object.fromEntries(Object.entries(profile).toReversed()) };
  expect(isSameLabel(profile, reversed)).toBe(true);
});
