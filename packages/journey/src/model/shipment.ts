import type { HoldCode } from './holds.ts';
import type { HubUser } from './hub-user.ts';
import type { PlanState } from './plan.ts';
import type { CheckedProfile, Overrides, Replaced, SourcedProfile, Suggestion } from './profile.ts';
import type { Purpose } from './purpose.ts';
import type { PinPolicy, Product } from './tenant.ts';

export const triggers = ['mfa-initiated', 'group-add', 'scim-group-add', 'api', 'batch'] as const;
export type Trigger = (typeof triggers)[number];

/** Asked for by a membership, which a person with an active key may have for other reasons: the other triggers are deliberate. */
export const isOfGroup = ({ trigger }: { trigger: Trigger }): boolean =>
  trigger === 'group-add' || trigger === 'scim-group-add';

/** One thing wrong with a shipment. Its message is made from field and code when shown; no value is ever kept here. */
export interface Problem {
  field: string;
  code: string;
}

/** An operator must act. `since` is when the hold began. */
export interface Hold {
  code: HoldCode;
  problems: readonly Problem[];
  since: Date;
}

/** A SCIM client deactivated the person. `since` is that moment; `isLifted`: an operator let this shipment go on nevertheless. */
export interface Suspension {
  since: Date;
  isLifted: boolean;
}

/** What an operator decided about the address of an order that the provider will not ship as it is. */
export type Edit =
  /** The provider's suggestion, or values that the operator entered. */
  | { decision: 'accept'; profile: CheckedProfile }
  /** As it was ordered, although the provider suggests another. */
  | { decision: 'reject' };

/** What was committed before each call that has an effect (invariant 2). Ids and times only. */
export interface Intents {
  enroll?: { at: string; knownEnrollmentIds: readonly string[] } | undefined;
  /** An order of a version that verified no signatures may have been programmed before the provider signed PIN copies. */
  order?: { at: string; reference: string; attempt: number; expectsSignedPinCopy?: boolean | undefined } | undefined;
  activate?: { at: string } | undefined;
  /** When the user was last read before the PIN is sent. */
  release?: { at: string } | undefined;
  send?: { at: string } | undefined;
}

/** The provider's published signing keys, as JWKs, at the time its envelopes arrived. */
export type SigningKeys = readonly Readonly<Record<string, unknown>>[];

/** What a check of the profile began with, before overrides. */
export interface SourcedForCheck {
  profile: SourcedProfile;
  isNewUser: boolean;
  enabledCountries: readonly string[] | null;
}

/** Values that are sealed at rest, each under a name of its own, each deleted when its use is over. */
export interface Secrets {
  login: string;
  overrides: Overrides;
  profile: CheckedProfile;
  /** The profile as its sources had it when it was held: a correction is judged with it at once. */
  sourced: SourcedForCheck;
  /** What would make a held address shippable, and the sources' values at that time. */
  suggestion: { values: Suggestion; replaced: Replaced };
  /** The sources' values when the profile was frozen or decided about last: only others are a change of the profile. */
  known: Replaced;
  edit: Edit;
  /** Okta's envelopes for the provider: gone once the order is placed. */
  requestEnvelopes: { pinRequestJwe: string; credRequestJwe: string };
  /** The provider's envelopes for Okta: gone once the credential is active. */
  responseEnvelopes: { pinResponseJwe: string; credResponseJwe: string; signingKeys?: SigningKeys | undefined };
  /**
   * The provider's copy of the PIN, sealed by it to our key: gone once the PIN is sent or discarded. A version that
   * verified no signatures stored no signing keys.
   */
  pinCopy: { jwe: string; signingKeys?: SigningKeys | undefined };
}

export type SecretName = keyof Secrets;

export interface Shipment {
  id: string;
  tenant: string;
  trigger: Trigger;
  purpose: Purpose;
  note: string | null;
  user: { id: string | null };
  /** Whose key it is in the hub; null where keys are in the tenant's own org, and until the check has found them. */
  hubUser: HubUser | null;
  product: Product;
  /** The group whose membership caused this request; read again before the check. Okta's, or one of the directory's. */
  groupId: string | null;
  /** Of a request by a group of the directory: its member. */
  directoryPersonId: string | null;
  plan: PlanState;
  hold: Hold | null;
  failure: { code: string; problems: readonly Problem[] } | null;
  /** A hold whose lifting matters later (holds.ts, `rememberedFrom`). */
  liftedHold: Hold | null;
  /** Unless it is lifted, the shipment is held as `suspended` wherever no other hold stops it. */
  suspension: Suspension | null;
  pinPolicy: PinPolicy;
  pin: { sentTo: string | null; sentAt: Date | null };
  /** `providerState` is the provider's own id, for operators; `isLocked` is what the connector derives from it. */
  order: {
    providerId: string | null;
    placedAt: Date | null;
    providerState: number | null;
    isLocked: boolean;
    /** The identity provider reported a change of the user's profile, which is still to be compared with the order. */
    profileChanged?: boolean | undefined;
  };
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
  /** The decrypted secrets; absent when never stored or deleted. */
  secrets: Readonly<{ [Name in SecretName]?: Secrets[Name] | undefined }>;
}
