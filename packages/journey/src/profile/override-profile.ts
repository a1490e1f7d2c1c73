import {
  overridableFields,
  profilePartNames,
  profileParts,
  type Overrides,
  type ProfileField,
  type ProfilePart,
  type Replaced,
  type SourcedProfile,
} from '../model/profile.ts';

const isOverridable = (field: ProfileField): boolean => overridableFields.some((name) => name === field);
const isOf = (part: ProfilePart, field: string): boolean => profileParts[part].some((name) => name === field);

/** The sources' values of a part, as one text to compare. */
export function readingOf(profile: SourcedProfile, part: ProfilePart): string {
  return JSON.stringify(profileParts[part].map((field) => profile[field]?.value ?? null));
}

/** The sources' values of the parts that these fields belong to. */
export function replacedBy(profile: SourcedProfile, fields: readonly string[]): Replaced {
  const touched = profilePartNames.filter((part) => profileParts[part].some((field) => fields.includes(field)));
  return Object.fromEntries(touched.map((part) => [part, readingOf(profile, part)]));
}

export interface Overridden {
  profile: SourcedProfile;
  /** As they are kept: with the values they replace, and without those that lapsed. */
  overrides: Overrides;
  lapsed: readonly ProfilePart[];
}

/**
 * The sources' values with the request's overrides and the operator's corrections on top, except for parts whose sources
 * have changed since: the newer value wins. Never an address that a PIN goes to.
 */
export function override(profile: SourcedProfile, { values, replaced }: Overrides): Overridden {
  const used = profilePartNames.filter((part) =>
    profileParts[part].some((field) => isOverridable(field) && field in values),
  );
  const lapsed = used.filter((part) => replaced[part] !== undefined && replaced[part] !== readingOf(profile, part));
  const standing = used.filter((part) => !lapsed.includes(part));
  const kept = Object.entries(values).filter(([field]) => standing.some((part) => isOf(part, field)));
  return {
    profile: { ...profile, ...Object.fromEntries(kept) },
    overrides: {
      values: Object.fromEntries(kept),
      replaced: Object.fromEntries(standing.map((part) => [part, readingOf(profile, part)])),
    },
    lapsed,
  };
}
