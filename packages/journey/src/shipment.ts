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
export type ProfileSource = 'okta' | 'override';

/** A profile as read, each value with the place it came from. */
export type SourcedProfile = Readonly<Partial<Record<ProfileField, { value: string; source: ProfileSource }>>>;

/** A lossless change that was made to a value so that a courier can use it (design, "Lossless normalisation"). */
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
  /** STAGED or PROVISIONED when the check succeeded; decides where parcel mail and PIN go. */
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
  overrides: Readonly<Partial<Record<OverridableField, string>>>;
  profile: CheckedProfile;
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
  order: { providerId: string | null; placedAt: Date | null; providerState: number | null };
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
  requestedBy: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** Opens one of this shipment's secrets; null when it was never there or is gone. */
  secrets: Readonly<{ [Name in SecretName]?: Secrets[Name] | undefined }>;
}
