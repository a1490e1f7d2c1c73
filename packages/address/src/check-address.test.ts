import { describe, expect, test } from '@jest/globals';
import type { AddressVerdict } from '@keycourier/journey/ports/address';

import { checkAddress } from './check-address.ts';
import type { ProfileValues } from './testing/address-row.ts';
import { addresses } from './testing/addresses.ts';
import { sourced } from './testing/sourced.ts';

const plain: ProfileValues = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  organization: 'Example Ltd',
  streetAddress: 'Musterweg 3',
  city: 'Berlin',
  zipCode: '10115',
  countryCode: 'DE',
  primaryPhone: '+493023125123',
};

const check = (values: ProfileValues, isNewUser = false, enabledCountries: readonly string[] | null = null) =>
  checkAddress(sourced(values), { isNewUser, enabledCountries });
const summaryOf = (found: AddressVerdict): string[] => {
  if (found.outcome === 'problems') return found.problems.map(({ field, code }) => `${field} ${code}`);
  return found.profile.normalisations.map(({ field, rule }) => `${field} ${rule}`);
};
const lines = (values: ProfileValues, isNewUser = false): string[] => summaryOf(check(values, isNewUser));

describe('an address of the table', () => {
  test.each(addresses.map((row) => ({ row })))('$row.0', ({ row: [, values, verdict, enabledCountries = null] }) => {
    const found = check(values, false, enabledCountries);
    if (verdict.outcome === 'held') {
      expect(found).toMatchObject({ outcome: 'problems' });
      expect(summaryOf(found)).toEqual(verdict.for);
      expect(found).toHaveProperty('suggestion', verdict.suggestion);
      return;
    }
    const { streetAddress = '', ...kept } = values;
    expect(found).toMatchObject({
      outcome: 'shippable',
      profile: { ...kept, streetLine1: streetAddress, streetLine2: null, ...verdict.with },
    });
    expect(summaryOf(found)).toEqual(verdict.after);
  });

  test('the table holds at least 120 addresses, and shippable ones from at least 30 countries', () => {
    const countries = addresses.flatMap(([, values]) => {
      const found = check(values);
      return found.outcome === 'shippable' ? [found.profile.countryCode] : [];
    });
    expect(addresses.length).toBeGreaterThanOrEqual(120);
    expect(new Set(countries).size).toBeGreaterThanOrEqual(30);
  });

  test('no two have the same title', () => {
    expect(new Set(addresses.map(([title]) => title)).size).toBe(addresses.length);
  });
});

describe('the two e-mail addresses', () => {
  test('a new user needs a secondary one', () => {
    expect(lines(plain, true)).toEqual(['secondEmail missing']);
    expect(check({ ...plain, secondEmail: 'ada@home.example' }, true)).toMatchObject({
      outcome: 'shippable',
      profile: { secondEmail: 'ada@home.example', isNewUser: true },
    });
  });

  test('an existing user needs none', () => {
    expect(check(plain)).toMatchObject({ outcome: 'shippable', profile: { secondEmail: null, isNewUser: false } });
  });

  test('one that is present must be usable, since a PIN may go to it', () => {
    expect(lines({ ...plain, secondEmail: 'ada at home' })).toEqual(['secondEmail not_an_email_address']);
  });

  test('one of more than 80 bytes is too long', () => {
    expect(lines({ ...plain, email: `${'a'.repeat(68)}@example.com` })).toEqual([]);
    expect(lines({ ...plain, email: `${'a'.repeat(69)}@example.com` })).toEqual(['email too_long']);
  });
});

describe.each([
  ['firstName', 15],
  ['lastName', 20],
  ['organization', 20],
  ['city', 60],
  ['state', 50],
  ['streetAddress', 60],
] as const)('%s takes %d bytes', (field, limit) => {
  test('that many fit', () => {
    expect(lines({ ...plain, [field]: 'w'.repeat(limit) })).toEqual([]);
  });

  test('one more does not, and nothing is cut', () => {
    expect(lines({ ...plain, [field]: 'w'.repeat(limit + 1) })).toEqual([`${field} too_long`]);
  });

  test('a letter of two bytes counts as two', () => {
    expect(lines({ ...plain, [field]: `é${'w'.repeat(limit - 1)}` })).toEqual([`${field} too_long`]);
  });
});

describe('a phone number that no list of ranges has', () => {
  const number = '+852 4545 1234';
  const confirmed = { ...sourced(plain), primaryPhone: { value: number, source: 'confirmed' as const } };

  test('is held, and said to be unknown rather than malformed', () => {
    expect(lines({ ...plain, primaryPhone: number })).toEqual(['primaryPhone unknown_phone_number']);
  });

  test('ships when an operator confirms it, also when it is checked again', () => {
    const found = checkAddress(confirmed, { isNewUser: false, enabledCountries: null });
    expect(found).toMatchObject({
      outcome: 'shippable',
      profile: { primaryPhone: '+85245451234', sources: { primaryPhone: 'confirmed' } },
    });
  });

  test.each(['+852 4545', '+852 4545 12345 67890', 'the office', '4545 1234 or 4545 1235'])(
    'is held, confirmed or not, when it cannot be a number: %s',
    (value) => {
      const found = checkAddress(
        { ...confirmed, primaryPhone: { value, source: 'confirmed' } },
        { isNewUser: false, enabledCountries: null },
      );
      expect(summaryOf(found)).toEqual(['primaryPhone not_a_phone_number']);
    },
  );
});

test('an invalid phone number is too long beyond 40 bytes', () => {
  expect(lines({ ...plain, primaryPhone: 'w'.repeat(40) })).toEqual(['primaryPhone not_a_phone_number']);
  expect(lines({ ...plain, primaryPhone: 'w'.repeat(41) })).toEqual([
    'primaryPhone not_a_phone_number',
    'primaryPhone too_long',
  ]);
});

test('an empty profile has all its problems at once', () => {
  expect(lines({}, true)).toEqual([
    'firstName missing',
    'lastName missing',
    'email missing',
    'secondEmail missing',
    'primaryPhone missing',
    'organization missing',
    'streetAddress missing',
    'city missing',
    'zipCode missing',
    'countryCode missing',
  ]);
});

test('several problems of one attribute are all found', () => {
  expect(lines({ ...plain, city: `東京\u0000${'w'.repeat(60)}` })).toEqual([
    'city control_character',
    'city not_deliverable_script',
    'city too_long',
  ]);
});

test('each value keeps the source it came from, and an absent one has none', () => {
  const profile = { ...sourced({ ...plain, state: '-' }), city: { value: 'Potsdam', source: 'override' as const } };
  const found = checkAddress(profile, { isNewUser: false, enabledCountries: null });
  if (found.outcome !== 'shippable') throw new TypeError('the profile is shippable');
  expect(found.profile.sources).toMatchObject({ city: 'override', firstName: 'okta' });
  expect(found.profile.sources).not.toHaveProperty('state');
  expect(found.profile.sources).not.toHaveProperty('secondEmail');
});
