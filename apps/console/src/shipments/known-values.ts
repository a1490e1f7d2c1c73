import { createHash } from 'node:crypto';

import { overridableFields, type CheckedProfile, type OverridableField } from '@keycourier/journey/model/profile';
import type { Shipment } from '@keycourier/journey/model/shipment';

export type KnownValues = Partial<Record<OverridableField, string>>;

/** As the check found the profile last: with overrides, else as it is frozen. */
export function knownValues({ secrets }: Shipment): KnownValues {
  const { profile, sourced, overrides } = secrets;
  const read = Object.entries(sourced?.profile ?? {}).map(([field, { value }]) => [field, value] as const);
  const overridden = Object.entries(overrides?.values ?? {}).map(([field, { value }]) => [field, value] as const);
  const all = { ...(profile === undefined ? {} : asFields(profile)), ...Object.fromEntries([...read, ...overridden]) };
  return Object.fromEntries(
    overridableFields.flatMap((field) => (all[field] === undefined ? [] : [[field, all[field]] as const])),
  );
}

const asFields = ({ streetLine1, streetLine2, state, ...profile }: CheckedProfile): Record<string, string> => ({
  firstName: profile.firstName,
  lastName: profile.lastName,
  primaryPhone: profile.primaryPhone,
  organization: profile.organization,
  streetAddress: [streetLine1, streetLine2].filter((line) => line !== null).join(', '),
  city: profile.city,
  state: state ?? '',
  zipCode: profile.zipCode,
  countryCode: profile.countryCode,
});

/** Changes with the address that a page shows: its values and what is suggested instead. */
export const digestOf = (shipment: Shipment): string =>
  createHash('sha256')
    .update(JSON.stringify([knownValues(shipment), shipment.secrets.suggestion?.values ?? null]))
    .digest('base64url');
