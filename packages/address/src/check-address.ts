import type { CheckAddress } from '@keycourier/journey/context';
import {
  type CheckedProfile,
  type ProfileField,
  profileFields,
  type ProfileSource,
  type SourcedProfile,
} from '@keycourier/journey/shipment';

import type { AddressNormalisation, AddressProblem } from './problem.ts';
import type { Place, Reading } from './reading.ts';
import { rulesByField } from './rules-by-field.ts';
import { isMilitaryPost } from './rules/military-post.ts';
import { required } from './rules/required.ts';

type Readings = Readonly<Record<ProfileField, Reading>>;

/**
 * Says whether a courier can find this address: either the profile as the label and the mails need it, with every
 * lossless change recorded, or every problem at once. Pure; never throws; a shippable profile checked again is unchanged.
 */
export const checkAddress: CheckAddress = (profile, user) => {
  const readings = readProfile(profile, user.isNewUser);
  const problems = profileFields.flatMap((field) =>
    readings[field].problems.map((code): AddressProblem => ({ field, code })),
  );
  if (problems.length > 0) return { outcome: 'problems', problems };
  return { outcome: 'shippable', profile: freeze(readings, profile, user.isNewUser) };
};

function readProfile(profile: SourcedProfile, isNewUser: boolean): Readings {
  const nowhere: Place = { countryCode: null, isMilitary: isMilitaryPost(profile), isNewUser };
  const countryCode = read('countryCode', profile, nowhere);
  const isKnown = countryCode.value !== '' && !countryCode.problems.includes('unknown_country');
  const place: Place = { ...nowhere, countryCode: isKnown ? countryCode.value : null };
  return {
    firstName: read('firstName', profile, place),
    lastName: read('lastName', profile, place),
    email: read('email', profile, place),
    secondEmail: read('secondEmail', profile, place),
    primaryPhone: read('primaryPhone', profile, place),
    organization: read('organization', profile, place),
    streetAddress: read('streetAddress', profile, place),
    city: read('city', profile, place),
    state: read('state', profile, place),
    zipCode: read('zipCode', profile, place),
    countryCode,
  };
}

function read(field: ProfileField, profile: SourcedProfile, place: Place): Reading {
  const given: Reading = { field, value: profile[field]?.value ?? '', normalisations: [], problems: [] };
  const judged = rulesByField[field].reduce(
    (reading, rule) => (reading.value === '' ? reading : rule(reading, place)),
    given,
  );
  return required(judged, place);
}

function freeze(readings: Readings, profile: SourcedProfile, isNewUser: boolean): CheckedProfile {
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

function sourcesOf(readings: Readings, profile: SourcedProfile): CheckedProfile['sources'] {
  const used = profileFields.filter((field) => readings[field].value !== '');
  return Object.fromEntries(
    used.flatMap((field): [ProfileField, ProfileSource][] => {
      const source = profile[field]?.source;
      return source === undefined ? [] : [[field, source]];
    }),
  );
}
