import { profileFields, type CheckedProfile, type ProfileField, type SourcedProfile } from '../model/profile.ts';

/** A frozen profile as a sourced one, to be checked with other values. */
export function asSourced(profile: CheckedProfile): SourcedProfile {
  const kept = profileFields.flatMap((field) => {
    const value = valueIn(profile, field);
    return value === null ? [] : [[field, { value, source: profile.sources[field] ?? 'okta' }] as const];
  });
  return Object.fromEntries(kept);
}

/** The value of an attribute as it ships; null where the label has none. A street has a line break between its lines. */
export function valueIn(profile: CheckedProfile, field: ProfileField): string | null {
  if (field !== 'streetAddress') return profile[field];
  return [profile.streetLine1, profile.streetLine2].filter((part) => part !== null).join('\n');
}
