import {
  overridableFields,
  type OverridableField,
  profileFields,
  type SourcedProfile,
  type Suggestion,
} from '@keycourier/journey/model/profile';
import type { AddressContext } from '@keycourier/journey/ports/address';

import { type AppliedRules, applyRules, type FieldStates, rememberRules } from '../apply-rules.ts';
import { candidatesFor } from './candidates.ts';

/**
 * For each attribute with problems, the value with the least loss that its rules accept, where there is one. A value
 * holds alone as well as together with the others, is as its rules would leave it, and makes no other attribute fail or
 * mean something else. E-mail addresses have none: they come from Okta alone.
 */
export function suggestFor(
  profile: SourcedProfile,
  about: AddressContext,
  { context, fields }: AppliedRules,
): Suggestion {
  const applyToOne = rememberRules();
  const accept = (suggestion: Suggestion): Suggestion | null => {
    const after = applyRules({ ...profile, ...asCorrections(suggestion) }, about, applyToOne).fields;
    return isRepaired(suggestion, fields, after) ? asLeftByRules(suggestion, after) : null;
  };
  const addTo = (found: Suggestion, field: OverridableField): Suggestion => {
    // A placeholder is no value to improve ("no street").
    const value = fields[field].problems.includes('missing') ? '' : (profile[field]?.value ?? '');
    for (const candidate of candidatesFor(field, value, context)) {
      const alone = accept({ [field]: candidate });
      if (alone !== null && accept({ ...found, ...alone }) !== null) return { ...found, ...alone };
    }
    return found;
  };
  return overridableFields.filter((field) => fields[field].problems.length > 0).reduce(addTo, {});
}

const asCorrections = (suggestion: Suggestion): SourcedProfile =>
  Object.fromEntries(Object.entries(suggestion).map(([field, value]) => [field, { value, source: 'correction' }]));

const isRepaired = (suggestion: Suggestion, before: FieldStates, after: FieldStates): boolean =>
  profileFields.every((field) => {
    const { value, problems } = after[field];
    if (Object.hasOwn(suggestion, field)) return problems.length === 0 && value !== '';
    return before[field].problems.length > 0 || (problems.length === 0 && value === before[field].value);
  });

const asLeftByRules = (suggestion: Suggestion, fields: FieldStates): Suggestion =>
  Object.fromEntries(
    overridableFields.filter((field) => Object.hasOwn(suggestion, field)).map((field) => [field, fields[field].value]),
  );
