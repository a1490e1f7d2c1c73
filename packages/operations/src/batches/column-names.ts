import { overridableFields } from '@keycourier/journey/model/profile';
import { nearest } from '@keycourier/runtime/nearest';

import { requestFields } from './request-fields.ts';

const known = [...Object.keys(requestFields), ...overridableFields];

/** Case, spaces and punctuation do not count: `First Name`, `first_name` and `first-name` are firstName. */
const keyOf = (name: string): string => name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();

/** What else means one field and no other: in Okta's exports, in those of an HRIS, in British English. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  userId: ['okta id', 'okta user id', 'okta userid'],
  login: ['user name', 'okta login', 'okta username', 'user login', 'profile.login'],
  firstName: ['given name', 'forename', 'profile.firstName'],
  lastName: ['family name', 'surname', 'profile.lastName'],
  organization: ['organisation'],
  zipCode: ['zip', 'postal code', 'postcode', 'zip/postal code', 'profile.zipCode'],
  countryCode: ['country', 'country iso code', 'profile.countryCode'],
  city: ['town', 'city/town', 'town/city', 'profile.city'],
  state: ['state/province', 'state/region', 'province', 'profile.state'],
  streetAddress: ['street', 'profile.streetAddress'],
  note: ['notes'],
};

/** What may mean a field: offered, never taken. */
const similar: Readonly<Record<string, readonly string[]>> = {
  userId: ['id', 'user', 'external id'],
  login: ['account', 'upn', 'user principal name', 'employee login', 'sam account name'],
  firstName: ['preferred name', 'legal first name', 'first'],
  lastName: ['legal last name', 'last'],
  primaryPhone: [
    'phone',
    'phone number',
    'telephone',
    'mobile',
    'mobile phone',
    'mobile number',
    'cell',
    'work phone',
    'tel',
  ],
  organization: ['company', 'company name', 'employer', 'business name'],
  streetAddress: ['address', 'address line 1', 'address 1', 'home address', 'street address line 1', 'street 1'],
  city: ['locality', 'municipality', 'suburb', 'home city'],
  state: ['region', 'county', 'prefecture', 'department code'],
  zipCode: ['post code', 'pin code', 'plz', 'cep', 'eircode', 'home zip'],
  countryCode: ['nation', 'country name', 'country region'],
  productId: ['product', 'sku', 'yubikey', 'key type'],
  inventoryProductId: ['inventory', 'inventory id', 'inventory product'],
  customizationId: ['customization', 'customisation', 'customization code', 'customisation id'],
  purpose: ['key purpose'],
  note: ['comment', 'comments', 'remark', 'remarks', 'description'],
};

const byKey = (names: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(names).flatMap(([field, others]) => others.map((other) => [keyOf(other), field] as const)));

const taken = new Map([...byKey(synonyms), ...known.map((name) => [keyOf(name), name] as const)]);
const offered = byKey(similar);

/** Refused as columns because PINs go there. Known here for a specific message. */
const addressesOfOkta = new Map(
  [
    'email',
    'secondEmail',
    'secondary email',
    'second e-mail',
    'e-mail',
    'email address',
    'e-mail address',
    'mail',
    'work email',
    'personal email',
    'private email',
    'profile.email',
  ].map((name) => [keyOf(name), keyOf(name).startsWith('second') ? 'secondEmail' : 'email']),
);

export type Column =
  | { outcome: 'known'; name: string }
  /** Its name is empty; then its cells must be, too. */
  | { outcome: 'unnamed' }
  | { outcome: 'of_okta'; name: string }
  | { outcome: 'unknown'; suggestion: string | null };

/** What a column's name means. */
export function readColumn(cell: string): Column {
  const key = keyOf(cell);
  if (key === '') return cell.trim() === '' ? { outcome: 'unnamed' } : { outcome: 'unknown', suggestion: null };
  const name = taken.get(key);
  if (name !== undefined) return { outcome: 'known', name };
  const address = addressesOfOkta.get(key);
  if (address !== undefined) return { outcome: 'of_okta', name: address };
  return { outcome: 'unknown', suggestion: offered.get(key) ?? nearest(cell, known) };
}
