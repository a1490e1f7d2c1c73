import { enterpriseUrn } from '../schemas/schemas.ts';
import type { MappedPath } from './mapped-path.ts';

export interface DefaultRow extends MappedPath {
  /** Okta's name of the attribute, for people to read. */
  source: string;
  note?: string | undefined;
}

const label = 'A label; Okta sets it to "work" where the value beside it is set.';
const notForPins = 'Never used: PINs go to the addresses that Okta itself has.';

/**
 * What Okta's SCIM apps send by their default mappings, and which field of a shipment's profile it fills. The order is that of
 * JumpCloud's published table, whose primary phone is misprinted (it maps displayName); the last four are its gaps.
 */
export const defaultMapping: readonly DefaultRow[] = [
  {
    source: 'login',
    path: 'userName',
    target: null,
    note: 'Finds the person. Existing users match by the part before the @ only with the option for it.',
  },
  { source: 'firstName', path: 'name.givenName', target: 'firstName' },
  { source: 'lastName', path: 'name.familyName', target: 'lastName' },
  { source: 'middleName', path: 'name.middleName', target: null },
  { source: 'email', path: 'emails.value', target: null, note: notForPins },
  { source: 'emailType', path: 'emails.type', target: null, note: label },
  { source: 'title', path: 'title', target: null },
  { source: 'displayName', path: 'displayName', target: null },
  {
    source: 'primaryPhone',
    path: 'phoneNumbers.value',
    target: 'primaryPhone',
    note: 'The primary number, else the one of type work, else the first.',
  },
  { source: 'primaryPhoneType', path: 'phoneNumbers.type', target: null, note: label },
  { source: 'addressType', path: 'addresses.type', target: null, note: label },
  {
    source: 'streetAddress',
    path: 'addresses.streetAddress',
    target: 'streetAddress',
    note: 'Of the primary address, else the one of type work, else the first, as all parts of an address.',
  },
  { source: 'city', path: 'addresses.locality', target: 'city' },
  { source: 'state', path: 'addresses.region', target: 'state' },
  { source: 'zipCode', path: 'addresses.postalCode', target: 'zipCode' },
  {
    source: 'countryCode',
    path: 'addresses.country',
    target: 'countryCode',
    note: 'A code of two letters. An address without its country cannot be shipped to.',
  },
  { source: 'secondEmail', path: 'emails[type eq "home"].value', target: null, note: notForPins },
  { source: 'organization', path: `${enterpriseUrn}:organization`, target: 'organization' },
  {
    source: 'mobilePhone',
    path: 'phoneNumbers[type eq "mobile"].value',
    target: 'primaryPhone',
    note: 'Where there is no other number.',
  },
];

/** A connection's table; the default one where it has none of its own. */
export const mappingInUse = <Row extends MappedPath>(mapping: readonly Row[]): readonly (Row | DefaultRow)[] =>
  mapping.length === 0 ? defaultMapping : mapping;
