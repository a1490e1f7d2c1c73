import {
  type CheckedProfile,
  type ProfileField,
  profileFields,
  type ProfileSource,
  type SourcedProfile,
} from '@keycourier/journey/model/shipment';

import type { Given } from './address-row.ts';

/** The values as a profile read from Okta. */
export const sourced = (given: Given): SourcedProfile =>
  Object.fromEntries(
    profileFields.flatMap((field): [ProfileField, { value: string; source: ProfileSource }][] => {
      const value = given[field];
      return value === undefined ? [] : [[field, { value, source: 'okta' }]];
    }),
  );

/** A checked profile as Okta would hold it: the street on one attribute, and nothing where there is nothing. */
export function asGiven({ streetLine1, streetLine2, secondEmail, state, zipCode, ...rest }: CheckedProfile): Given {
  return {
    firstName: rest.firstName,
    lastName: rest.lastName,
    email: rest.email,
    primaryPhone: rest.primaryPhone,
    organization: rest.organization,
    city: rest.city,
    countryCode: rest.countryCode,
    streetAddress: streetLine2 === null ? streetLine1 : `${streetLine1}\n${streetLine2}`,
    ...(secondEmail === null ? {} : { secondEmail }),
    ...(state === null ? {} : { state }),
    ...(zipCode === '' ? {} : { zipCode }),
  };
}
