/** The attributes a parcel needs, by their Okta names. All may be absent: Okta's are nullable and free text. */
export const profileFields = [
  'firstName',
  'lastName',
  'email',
  'secondEmail',
  'primaryPhone',
  'organization',
  'streetAddress',
  'city',
  'state',
  'zipCode',
  'countryCode',
] as const;

export type ProfileField = (typeof profileFields)[number];

/** The attributes that a request may override. Never an e-mail address: those come from the identity provider alone. */
export const overridableFields = [
  'firstName',
  'lastName',
  'primaryPhone',
  'organization',
  'streetAddress',
  'city',
  'state',
  'zipCode',
  'countryCode',
] as const satisfies readonly ProfileField[];

export type OverridableField = (typeof overridableFields)[number];

/** The attributes that an operator may confirm: lists of numbers and of postal codes are older than the newest of them. */
export const confirmableFields = ['primaryPhone', 'zipCode'] as const satisfies readonly OverridableField[];

export type ConfirmableField = (typeof confirmableFields)[number];

/** The parts that a profile is sourced and overridden by. An address is one part: two halves of two addresses make none. */
export const profileParts = {
  firstName: ['firstName'],
  lastName: ['lastName'],
  email: ['email'],
  secondEmail: ['secondEmail'],
  primaryPhone: ['primaryPhone'],
  organization: ['organization'],
  address: ['streetAddress', 'city', 'state', 'zipCode', 'countryCode'],
} as const satisfies Readonly<Record<string, readonly ProfileField[]>>;

export type ProfilePart = keyof typeof profileParts;

export const profilePartNames: readonly ProfilePart[] = Object.keys(profileParts).filter((name): name is ProfilePart =>
  Object.hasOwn(profileParts, name),
);

/** Where a profile may be read from. */
export const sources = ['okta', 'hris', 'scim'] as const;

export type Source = (typeof sources)[number];

/**
 * `override` came with the request, `correction` is a value that an operator accepted or entered later for this shipment,
 * `confirmed` a correction that the operator knows to be right although no list has it.
 */
export const profileSources = [...sources, 'override', 'correction', 'confirmed'] as const;

export type ProfileSource = (typeof profileSources)[number];

/** The sources' values of the parts that are overridden: an override lapses when they change. */
export type Replaced = Readonly<Partial<Record<ProfilePart, string>>>;

/**
 * Values that take precedence over the sources, for this shipment alone. `replaced` lacks a part whose sources have not
 * been read yet.
 */
export interface Overrides {
  values: Readonly<Partial<Record<OverridableField, { value: string; source: Exclude<ProfileSource, Source> }>>>;
  replaced: Replaced;
}

/** Values that would make a held address shippable, for an operator to accept; never applied automatically. */
export type Suggestion = Readonly<Partial<Record<OverridableField, string>>>;

/** A profile as read, each value with its source. */
export type SourcedProfile = Readonly<Partial<Record<ProfileField, { value: string; source: ProfileSource }>>>;

/** A lossless change that was made to a value so that a courier can use it (ARCHITECTURE.md, "Addresses"). */
export interface Normalisation {
  field: ProfileField;
  rule: string;
}

/** The profile as checked and frozen: the parcel's label and the PIN's address are made from it. */
export interface CheckedProfile {
  firstName: string;
  lastName: string;
  email: string;
  secondEmail: string | null;
  primaryPhone: string;
  organization: string;
  streetLine1: string;
  streetLine2: string | null;
  city: string;
  state: string | null;
  zipCode: string;
  countryCode: string;
  /** STAGED or PROVISIONED when the check succeeded; decides where parcel mail and PIN go. */
  isNewUser: boolean;
  sources: Readonly<Partial<Record<ProfileField, ProfileSource>>>;
  normalisations: readonly Normalisation[];
}
