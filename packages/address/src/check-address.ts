import {
  type CheckedProfile,
  type ProfileField,
  profileFields,
  type ProfileSource,
  type SourcedProfile,
} from '@keycourier/journey/model/profile';
import type { CheckAddress } from '@keycourier/journey/ports/address';

import { applyRules, type FieldStates } from './apply-rules.ts';
import type { AddressNormalisation, AddressProblem } from './problem.ts';
import { suggestFor } from './suggestion/suggest.ts';

/**
 * Whether a courier can find this address: either the profile as the label and the mails need it, with every lossless
 * change recorded, or every problem at once, with a suggestion for each attribute that a lossy change would repair. No
 * loss is applied: an operator decides. Pure; never throws; a shippable profile checked again is unchanged.
 */
export const checkAddress: CheckAddress = (profile, about) => {
  const applied = applyRules(profile, about);
  const { fields } = applied;
  const problems = profileFields.flatMap((field) =>
    fields[field].problems.map((code): AddressProblem => ({ field, code })),
  );
  if (problems.length > 0) return { outcome: 'problems', problems, suggestion: suggestFor(profile, about, applied) };
  return { outcome: 'shippable', profile: freeze(fields, profile, about.isNewUser) };
};

function freeze(fields: FieldStates, profile: SourcedProfile, isNewUser: boolean): CheckedProfile {
  const [streetLine1 = '', streetLine2 = null] = fields.streetAddress.value.split('\n');
  return {
    firstName: fields.firstName.value,
    lastName: fields.lastName.value,
    email: fields.email.value,
    secondEmail: fields.secondEmail.value || null,
    primaryPhone: fields.primaryPhone.value,
    organization: fields.organization.value,
    streetLine1,
    streetLine2,
    city: fields.city.value,
    state: fields.state.value || null,
    zipCode: fields.zipCode.value,
    countryCode: fields.countryCode.value,
    isNewUser,
    sources: sourcesOf(fields, profile),
    normalisations: profileFields.flatMap((field) =>
      fields[field].normalisations.map((rule): AddressNormalisation => ({ field, rule })),
    ),
  };
}

function sourcesOf(fields: FieldStates, profile: SourcedProfile): CheckedProfile['sources'] {
  const used = profileFields.filter((field) => fields[field].value !== '');
  return Object.fromEntries(
    used.flatMap((field): [ProfileField, ProfileSource][] => {
      const source = profile[field]?.source;
      return source === undefined ? [] : [[field, source]];
    }),
  );
}
