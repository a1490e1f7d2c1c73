import { describe, expect, test } from '@jest/globals';

import type { JsonObject, JsonValue } from '../json.ts';
import { enterpriseUrn } from '../schemas/schemas.ts';
import { rfcSample } from '../testing/rfc-samples.ts';
import { checkPath } from './check-path.ts';
import { defaultMapping } from './default-mapping.ts';
import { attributesToMap, mapPerson } from './map-person.ts';

const fields = [
  'firstName',
  'lastName',
  'primaryPhone',
  'organization',
  'streetAddress',
  'city',
  'state',
  'zipCode',
  'countryCode',
] as const;

const reading = (user: JsonObject) => (stored: string) => (Object.hasOwn(user, stored) ? user[stored] : undefined);

const mapped = (user: JsonObject) => mapPerson([], fields, reading(user));

/** As Okta creates it. */
const anna: JsonObject = {
  userName: 'anna@acme.example',
  name: { givenName: ' Anna ', familyName: 'Berg', middleName: 'Lee' },
  emails: [{ primary: true, value: 'anna@acme.example', type: 'work' }],
  phoneNumbers: [{ primary: true, value: '+14155550132', type: 'work' }],
  addresses: [
    {
      primary: true,
      type: 'work',
      streetAddress: '1 Main St',
      locality: 'San Francisco',
      region: 'CA',
      postalCode: '94104',
      country: 'US',
    },
  ],
  [enterpriseUrn]: { organization: 'Acme', department: 'IT' },
};

describe('the default mapping', () => {
  test('fills names, phone, organization and a whole address with its country from what Okta sends', () => {
    expect(mapped(anna)).toEqual({
      firstName: 'Anna',
      lastName: 'Berg',
      primaryPhone: '+14155550132',
      organization: 'Acme',
      streetAddress: '1 Main St',
      city: 'San Francisco',
      state: 'CA',
      zipCode: '94104',
      countryCode: 'US',
    });
  });

  test("reads the RFC's own user", () => {
    expect(mapped(rfcSample('rfc7643-8.3-enterprise_user'))).toEqual({
      firstName: 'Barbara',
      lastName: 'Jensen',
      primaryPhone: '555-555-5555',
      organization: 'Universal Studios',
      streetAddress: '100 Universal City Plaza',
      city: 'Hollywood',
      state: 'CA',
      zipCode: '91608',
      countryCode: 'USA',
    });
  });

  test('gives nothing for a person without attributes', () => {
    expect(mapped({})).toEqual({});
  });

  test('never fills an e-mail address', () => {
    expect(Object.keys(mapPerson([], [...fields, 'email', 'secondEmail'], reading(anna)))).toEqual(
      Object.keys(mapped(anna)),
    );
  });

  test('has only paths that a mapping may have, and the gaps of the published table', () => {
    expect(defaultMapping.flatMap(({ path }) => checkPath(path) ?? [])).toEqual([]);
    expect(defaultMapping.map(({ source }) => source)).toEqual(
      expect.arrayContaining(['countryCode', 'secondEmail', 'organization', 'mobilePhone']),
    );
    expect(defaultMapping.find(({ source }) => source === 'primaryPhone')?.path).toBe('phoneNumbers.value');
  });

  test('names the stored attributes that it reads', () => {
    expect(attributesToMap([], fields)).toEqual(['name', 'phoneNumbers', 'addresses', enterpriseUrn]);
    expect(attributesToMap([], ['lastName'])).toEqual(['name']);
  });
});

describe('of several values', () => {
  const phones = (...phoneNumbers: readonly JsonValue[]) => mapped({ phoneNumbers }).primaryPhone;

  test.each<[string, readonly JsonValue[], string | undefined]>([
    [
      'the primary one comes first',
      [
        { value: '1', type: 'work' },
        { value: '2', type: 'home', primary: true },
      ],
      '2',
    ],
    [
      'then the one of type work, in any letter case',
      [
        { value: '1', type: 'home' },
        { value: '2', type: 'Work' },
      ],
      '2',
    ],
    [
      'then the first',
      [
        { value: '1', type: 'home' },
        { value: '2', type: 'other' },
      ],
      '1',
    ],
    [
      'a primary one that is empty is passed over',
      [
        { value: '', primary: true },
        { value: '2', type: 'home' },
      ],
      '2',
    ],
    [
      'a primary false is no primary',
      [
        { value: '1', primary: false },
        { value: '2', type: 'work' },
      ],
      '2',
    ],
    ['none is chosen where all are empty', [{ type: 'work' }, { value: '  ' }], undefined],
    ['a mobile number is used where it is the only one', [{ value: '3', type: 'mobile' }], '3'],
  ])('%s', (_, phoneNumbers, expected) => {
    expect(phones(...phoneNumbers)).toBe(expected);
  });

  test('all parts of an address are of the same one, although another has more', () => {
    const addresses = [
      { type: 'home', streetAddress: '2 Side St', locality: 'Oakland', region: 'CA', postalCode: '1', country: 'US' },
      { type: 'work', streetAddress: '1 Main St', country: 'DE' },
      { type: 'other', primary: true },
    ];
    expect(mapped({ addresses })).toEqual({ streetAddress: '1 Main St', countryCode: 'DE' });
  });
});

describe('an own mapping', () => {
  test('replaces the default one, and its first row with a value fills a field', () => {
    const mapping = [
      { path: 'phoneNumbers[type eq "mobile"].value', target: 'primaryPhone' },
      { path: 'phoneNumbers[type eq "work"].value', target: 'primaryPhone' },
      { path: 'nickName', target: 'firstName' },
      { path: 'name.familyName', target: null },
    ];
    expect(mapPerson(mapping, fields, reading({ ...anna, nickName: 'Annie' }))).toEqual({
      primaryPhone: '+14155550132',
      firstName: 'Annie',
    });
  });

  test('chooses by type where it says so, the primary one only among those', () => {
    const mapping = [{ path: 'addresses[type eq "home"].locality', target: 'city' }];
    const addresses = [
      { type: 'work', locality: 'Bonn', primary: true },
      { type: 'home', locality: 'Ulm' },
    ];
    expect(mapPerson(mapping, fields, reading({ addresses }))).toEqual({ city: 'Ulm' });
  });

  test.each([
    ['password', 'names what is never stored.'],
    ['name', 'has parts: name one of them, such as name.formatted.'],
    ['active', 'leads to no text.'],
    [enterpriseUrn, 'names a whole extension: name one of its attributes.'],
    ['favouriteColour', expect.stringMatching(/^is no path: .*no attribute "favouriteColour"/)],
    ['emails[', expect.stringMatching(/^is no path: /)],
    ['userName; drop table people', expect.stringMatching(/^is no path: /)],
    ['__proto__', expect.stringMatching(/^is no path: /)],
  ])('may not have the path %s', (path, why) => {
    expect(checkPath(path)).toEqual(why);
  });

  test.each([
    'displayName',
    'name.givenName',
    `${enterpriseUrn}:division`,
    'addresses[type eq "home"].country',
    'profileUrl',
  ])('may have the path %s', (path) => {
    expect(checkPath(path)).toBeNull();
  });
});
