import {
  type CheckedProfile,
  type ProfileField,
  profileFields,
  type ProfileSource,
  type SourcedProfile,
} from '@keycourier/journey/model/shipment';
import type { CheckAddress } from '@keycourier/journey/ports/address';

import type { AddressNormalisation, AddressProblem } from './problem.ts';
import { type ReadProfile, readProfile } from './read-profile.ts';
import { suggestFor } from './suggestion/suggest.ts';

type SourceProfiles = ReadProfile['readings'];

/**
 * Says whether a courier can find this address: either the profile as the label and the mails need it, with every
 * lossless change recorded, or every problem at once, with a value for each attribute that a loss would mend. No loss is
 * applied: that is a person's decision. Pure; never throws; a shippable profile checked again is unchanged.
 */
export const checkAddress: CheckAddress = (profile, about) => {
  const given = readProfile(profile, about);
  const { readings } = given;
  const problems = profileFields.flatMap((field) =>
    readings[field].problems.map((code): AddressProblem => ({ field, code })),
  );
  if (problems.length > 0) return { outcome: 'problems', problems, suggestion: suggestFor(profile, about, given) };
  return { outcome: 'shippable', profile: freeze(readings, profile, about.isNewUser) };
};

function freeze(readings: SourceProfiles, profile: SourcedProfile, isNewUser: boolean): CheckedProfile {
  const [streetLine1 = '', streetLine2 = null] = readings.streetAddress.value.split('\n');
  return {
    firstName: readings.firstName.value,
    lastName: readings.lastName.value,
    email: readings.email.value,
    secondEmail: readings.secondEmail.value || null,
    primaryPhone: readings.primaryPhone.value,
    organization: readings.organization.value,
    streetLine1,
    streetLine2,
    city: readings.city.value,
    state: readings.state.value || null,
    zipCode: readings.zipCode.value,
    countryCode: readings.countryCode.value,
    isNewUser,
    sources: sourcesOf(readings, profile),
    normalisations: profileFields.flatMap((field) =>
      readings[field].normalisations.map((rule): AddressNormalisation => ({ field, rule })),
    ),
  };
}

function sourcesOf(readings: SourceProfiles, profile: SourcedProfile): CheckedProfile['sources'] {
  const used = profileFields.filter((field) => readings[field].value !== '');
  return Object.fromEntries(
    used.flatMap((field): [ProfileField, ProfileSource][] => {
      const source = profile[field]?.source;
      return source === undefined ? [] : [[field, source]];
    }),
  );
}
