import {
  type CheckedProfile,
  type ProfileField,
  profileFields,
  type ProfileSource,
  type SourcedProfile,
} from '@keycourier/journey/model/profile';

import type { ProfileValues } from './address-row.ts';

/** The values as a profile read from Okta. */
export const sourced = (values: ProfileValues): SourcedProfile =>
  Object.fromEntries(
    profileFields.flatMap((field): [ProfileField, { value: string; source: ProfileSource }][] => {
      const value = values[field];
      return value === undefined ? [] : [[field, { value, source: 'okta' }]];
    }),
  );

/** The values of a checked profile as Okta holds them: the street in one attribute, and no empty attributes. */
export function valuesOf({
  streetLine1,
  streetLine2,
  secondEmail,
  state,
  zipCode,
  ...rest
}: CheckedProfile): ProfileValues {
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
