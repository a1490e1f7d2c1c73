import type { ProfileField, SourcedProfile } from '@keycourier/journey/model/shipment';
import type { AddressSurroundings } from '@keycourier/journey/ports/address';

import type { Place, FieldState } from './reading.ts';
import { rulesByField } from './rules-by-field.ts';
import { isMilitaryPost } from './rules/military-post.ts';
import { required } from './rules/required.ts';

export interface ReadProfile {
  place: Place;
  readings: Readonly<Record<ProfileField, FieldState>>;
}

/** Every attribute after its rules, and the place by which they were judged. Pure; never throws. */
export function readProfile(profile: SourcedProfile, about: AddressSurroundings): ReadProfile {
  const nowhere: Place = { countryCode: null, isMilitary: isMilitaryPost(profile), ...about };
  const countryCode = read('countryCode', profile, nowhere);
  const isKnown = countryCode.value !== '' && !countryCode.problems.includes('unknown_country');
  const place: Place = { ...nowhere, countryCode: isKnown ? countryCode.value : null };
  const readings = {
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
  return { place, readings };
}

function read(field: ProfileField, profile: SourcedProfile, place: Place): FieldState {
  const given: FieldState = { field, value: profile[field]?.value ?? '', normalisations: [], problems: [] };
  const judged = rulesByField[field].reduce(
    (reading, rule) => (reading.value === '' ? reading : rule(reading, place)),
    given,
  );
  return required(judged, place);
}
