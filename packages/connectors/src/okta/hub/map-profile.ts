import type { HubProfile } from '@keycourier/journey/hub/person-changes';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { defaultMapping } from '@keycourier/scim-protocol/mapping/default-mapping';
import { mapPerson, type ReadAttribute } from '@keycourier/scim-protocol/mapping/map-person';
import type { MappedPath } from '@keycourier/scim-protocol/mapping/mapped-path';
import { enterpriseUrn } from '@keycourier/scim-protocol/schemas/schemas';

/** The rows of a link without a mapping of its own: every attribute keeps its name. */
export const defaultHubMapping: readonly MappedPath[] = [
  ...defaultMapping
    .filter(({ source }) => !source.endsWith('Type'))
    .map(({ source, path }) => ({ path, target: source })),
  { path: 'nickName', target: 'nickName' },
  { path: 'profileUrl', target: 'profileUrl' },
  { path: 'preferredLanguage', target: 'preferredLanguage' },
  { path: 'locale', target: 'locale' },
  { path: 'timezone', target: 'timezone' },
  { path: 'userType', target: 'userType' },
  { path: 'name.honorificPrefix', target: 'honorificPrefix' },
  { path: 'name.honorificSuffix', target: 'honorificSuffix' },
  ...['employeeNumber', 'costCenter', 'division', 'department'].map((name) => ({
    path: `${enterpriseUrn}:${name}`,
    target: name,
  })),
];

const rowsOf = (mapping: readonly MappedPath[]): readonly MappedPath[] =>
  mapping.length === 0 ? defaultHubMapping : mapping;

/** The attributes of the hub that a mapping fills. */
const targetsOf = (mapping: readonly MappedPath[]): readonly string[] => [
  ...new Set(rowsOf(mapping).flatMap(({ target }) => (target === null ? [] : [target]))),
];

/** Of a hub's profile, what the mapping fills: each target is there, null without a value. */
export function mappedPart(mapping: readonly MappedPath[], profile: Readonly<Record<string, unknown>>): HubProfile {
  return Object.fromEntries(targetsOf(mapping).map((target) => [target, textOf(profile[target])]));
}

/**
 * A spoke's profile as the link's mapping makes it for the hub: it is read as the SCIM attributes that Okta's own default
 * mapping makes of it. Every target is there, null without a value: so what is emptied in the spoke is removed in the hub.
 */
export function mapProfile(mapping: readonly MappedPath[], profile: Readonly<Record<string, unknown>>): HubProfile {
  const rows = rowsOf(mapping);
  const targets = targetsOf(mapping);
  const mapped = mapPerson(rows, targets, readerOf(profile));
  return Object.fromEntries(targets.map((target) => [target, mapped[target] ?? null]));
}

function readerOf(profile: Readonly<Record<string, unknown>>): ReadAttribute {
  const text = (name: string): string | null => textOf(profile[name]);
  const typed = (type: string, value: string | null): JsonValue[] =>
    value === null ? [] : [{ type, value, primary: type === 'work' }];
  const address = {
    streetAddress: text('streetAddress'),
    locality: text('city'),
    region: text('state'),
    postalCode: text('zipCode'),
    country: text('countryCode'),
  };
  const attributes: Readonly<Record<string, JsonValue>> = {
    userName: text('login'),
    name: {
      givenName: text('firstName'),
      familyName: text('lastName'),
      middleName: text('middleName'),
      honorificPrefix: text('honorificPrefix'),
      honorificSuffix: text('honorificSuffix'),
    },
    emails: [...typed('work', text('email')), ...typed('home', text('secondEmail'))],
    phoneNumbers: [...typed('work', text('primaryPhone')), ...typed('mobile', text('mobilePhone'))],
    addresses: [{ type: 'work', primary: true, ...address }],
    [enterpriseUrn]: {
      organization: text('organization'),
      employeeNumber: text('employeeNumber'),
      costCenter: text('costCenter'),
      division: text('division'),
      department: text('department'),
    },
  };
  return (stored) => (Object.hasOwn(attributes, stored) ? attributes[stored] : text(stored));
}

/** Okta's own types of attributes, as text; null for one without a value. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null || value === undefined ? null : JSON.stringify(value);
}
