import type { PlanState } from './plan.ts';
import type { PinPolicy, Product } from './tenant.ts';

export type Trigger = 'mfa-initiated' | 'group-add' | 'api' | 'batch';
export type Purpose = 'primary' | 'backup';

/** One thing wrong with a shipment. Its message is made from field and code when shown; no value is ever kept here. */
export interface Problem {
  field: string;
  code: string;
}

/** A person must act. `since` is when the hold began. */
export interface Hold {
  code: HoldCode;
  problems: readonly Problem[];
  since: Date;
}

export type HoldCode =
  | 'profile_problems'
  | 'user_not_active'
  | 'left_group'
  | 'product_not_allowed'
  | 'enrollment_refused'
  | 'enrollment_unclear'
  | 'order_refused'
  | 'order_unclear'
  | 'order_duplicated'
  | 'order_missing'
  | 'order_incomplete'
  | 'address_suggested'
  | 'address_undeliverable'
  | 'edit_refused'
  | 'provider_error'
  | 'denied_party'
  | 'parcel_lost'
  | 'parcel_returned'
  | 'transit_too_long'
  | 'credential_unmatched'
  | 'activation_refused'
  | 'pin_copy_missing'
  | 'pin_address_changed'
  | 'mail_refused';

/** What a person decided about the address of an order that the provider will not ship as it is. */
export type Edit =
  /** The provider's suggestion, or values of a person's own. */
  | { decision: 'accept'; profile: CheckedProfile }
  /** As it was ordered, whatever the provider says to it. */
  | { decision: 'reject' };

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

/** The attributes that a request may override. Never an e-mail address: those come from Okta alone. */
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

/** The parts that a profile is sourced and overridden by. An address is one part: half of one and half of another is nobody's. */
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

/** What the sources said of the parts that are overridden: an override lapses when that changes. */
export type Replaced = Readonly<Partial<Record<ProfilePart, string>>>;

/**
 * Values that go before those of the sources, for this shipment alone. `instead` is absent for a part whose sources have
 * not been read yet.
 */
export interface Overrides {
  values: Readonly<Partial<Record<OverridableField, { value: string; source: 'override' | 'correction' }>>>;
  replaced: Replaced;
}

/** `override` came with the request, `correction` is a value that a person accepted later for this shipment. */
export type ProfileSource = 'okta' | 'hris' | 'override' | 'correction';

/** Values that would make a held address shippable, for a person to accept; never applied by itself. */
export type Suggestion = Readonly<Partial<Record<OverridableField, string>>>;

/** A profile as read, each value with the place it came from. */
export type SourcedProfile = Readonly<Partial<Record<ProfileField, { value: string; source: ProfileSource }>>>;

/** A lossless change that was made to a value so that a courier can use it (ARCHITECTURE.md, "Addresses"). */
export interface Normalisation {
  field: ProfileField;
  rule: string;
}

/** The profile as checked and frozen: what the parcel's label and the PIN's address are made from. */
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
  /** Whether the user had never signed in when the check succeeded; decides where parcel mail and PIN go. */
  isNewUser: boolean;
  sources: Readonly<Partial<Record<ProfileField, ProfileSource>>>;
  normalisations: readonly Normalisation[];
}

/** What was committed before each call that has an effect (invariant 2). Ids and times only. */
export interface Intents {
  enroll?: { at: string; knownEnrollmentIds: readonly string[] } | undefined;
  order?: { at: string; reference: string; attempt: number } | undefined;
  activate?: { at: string } | undefined;
  send?: { at: string } | undefined;
}

/** Values that are sealed at rest, each under a name of its own, each deleted when its use is over. */
export interface Secrets {
  login: string;
  overrides: Overrides;
  profile: CheckedProfile;
  /** What would make a held address shippable, and what the sources said when it was made. */
  suggestion: { values: Suggestion; replaced: Replaced };
  edit: Edit;
  /** Okta's envelopes for the provider: gone once the order is placed. */
  requestEnvelopes: { pinRequestJwe: string; credRequestJwe: string };
  /** The provider's envelopes for Okta: gone once the credential is active. */
  responseEnvelopes: { pinResponseJwe: string; credResponseJwe: string };
  /** The provider's copy of the PIN, sealed by it to our key: gone once the PIN is sent or discarded. */
  pinCopy: { jwe: string };
}

export type SecretName = keyof Secrets;

export interface Shipment {
  id: string;
  tenant: string;
  trigger: Trigger;
  purpose: Purpose;
  note: string | null;
  user: { id: string | null };
  product: Product;
  /** The group whose membership asked for this key; read again before the check. */
  groupId: string | null;
  plan: PlanState;
  hold: Hold | null;
  failure: { code: string; problems: readonly Problem[] } | null;
  /**
   * A hold whose lifting matters later: a refused order's, lifted by a profile change, is put back when the label would be
   * the same; a changed PIN address and a locked second order were seen by the operator who lifted their holds.
   */
  liftedHold: Hold | null;
  pinPolicy: PinPolicy;
  pin: { sentTo: string | null; sentAt: Date | null };
  /** `providerState` is the provider's own id, for operators; `isLocked` is what the connector derives from it. */
  order: { providerId: string | null; placedAt: Date | null; providerState: number | null; isLocked: boolean };
  parcel: {
    carrier: string | null;
    trackingNumber: string | null;
    trackingUrl: string | null;
    inTransitSince: Date | null;
  };
  credential: { enrollmentId: string | null; keyId: string | null; serial: string | null; firmware: string | null };
  intents: Intents;
  duplicateOf: string | null;
  batchId: string | null;
  /** The row of the batch, counted from 1 as a spreadsheet shows the data rows. */
  batchRow: number | null;
  requestedBy: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** Opens one of this shipment's secrets; null when it was never there or is gone. */
  secrets: Readonly<{ [Name in SecretName]?: Secrets[Name] | undefined }>;
}
