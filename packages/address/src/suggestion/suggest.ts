import {
  overridableFields,
  type OverridableField,
  profileFields,
  type SourcedProfile,
  type Suggestion,
} from '@keycourier/journey/model/shipment';
import type { AddressSurroundings } from '@keycourier/journey/ports/address';

import { type ReadProfile, readProfile } from '../read-profile.ts';
import { candidatesFor } from './candidates.ts';

/**
 * For each attribute with problems, the value with the least loss that its rules accept, where there is one. A value
 * holds alone as well as together with the others, is as its rules would leave it, and makes no other attribute fail or
 * mean something else. `given` is the profile as read. E-mail addresses have none: they come from Okta alone.
 */
export function suggestFor(profile: SourcedProfile, about: AddressSurroundings, given: ReadProfile): Suggestion {
  const { place, readings } = given;
  const mend = (suggestion: Suggestion): Suggestion | null => {
    const accepted = readProfile({ ...profile, ...asCorrections(suggestion) }, about).readings;
    return mends(suggestion, readings, accepted) ? asRead(suggestion, accepted) : null;
  };
  const addTo = (found: Suggestion, field: OverridableField): Suggestion => {
    for (const candidate of candidatesFor(field, profile[field]?.value ?? '', place)) {
      const alone = mend({ [field]: candidate });
      if (alone !== null && mend({ ...found, ...alone }) !== null) return { ...found, ...alone };
    }
    return found;
  };
  return overridableFields.filter((field) => readings[field].problems.length > 0).reduce(addTo, {});
}

const asCorrections = (suggestion: Suggestion): SourcedProfile =>
  Object.fromEntries(Object.entries(suggestion).map(([field, value]) => [field, { value, source: 'correction' }]));

type SourceProfiles = ReadProfile['readings'];

const mends = (suggestion: Suggestion, given: SourceProfiles, accepted: SourceProfiles): boolean =>
  profileFields.every((field) => {
    const { value, problems } = accepted[field];
    if (Object.hasOwn(suggestion, field)) return problems.length === 0 && value !== '';
    return given[field].problems.length > 0 || (problems.length === 0 && value === given[field].value);
  });

const asRead = (suggestion: Suggestion, readings: SourceProfiles): Suggestion =>
  Object.fromEntries(
    overridableFields
      .filter((field) => Object.hasOwn(suggestion, field))
      .map((field) => [field, readings[field].value]),
  );
