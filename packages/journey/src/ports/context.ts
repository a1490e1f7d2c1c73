import type { Decision } from '../model/change.ts';
import type { Door } from '../model/plan.ts';
import type {
  CheckedProfile,
  Problem,
  ProfileField,
  Purpose,
  Shipment,
  SourcedProfile,
  Suggestion,
  Trigger,
} from '../model/shipment.ts';
import type { Product, Tenant } from '../model/tenant.ts';

/** The sockets the house needs, as plain function types. Every one that reaches outside throws OutsideError and nothing else. */
export interface Context {
  now: () => Date;
  /** @throws JourneyError `unknown_tenant` */
  tenant: (name: string) => Tenant;
  ledger: LedgerPort;
  okta: OktaPort;
  hris: HrisPort;
  fulfillment: FulfillmentPort;
  mail: MailPort;
  checkAddress: CheckAddress;
  /** Something an operator should look at, though no shipment needs them: a log line and a counter. Ids and codes only. */
  alarm: (code: string, detail: Readonly<Record<string, string | number | null>>) => void;
}

export type Moved =
  | { outcome: 'moved'; shipment: Shipment }
  /** The decision was not to move: somebody else was first, or the world changed. */
  | { outcome: 'declined'; shipment: Shipment }
  /** The person already has another open shipment for this purpose. */
  | { outcome: 'duplicate'; of: string; shipment: Shipment };

export interface LedgerPort {
  /** The one write verb: locks the row, lets `decide` look at it, and writes state, history and knocks in one transaction. */
  move: (shipmentId: string, decide: (shipment: Shipment) => Decision | null) => Promise<Moved>;
  /**
   * Claims a door for one visit. Nobody else is let in until the visit is left or its lease has run out. `turn` is the
   * publishing that the job came from: when there was a later one, that one's job will come.
   */
  enter: (door: Door, shipmentId: string, turn: string | null) => Promise<Entry>;
  leave: (visit: Visit, ending: Ending) => Promise<void>;
  readEvent: (eventId: string) => Promise<InboundEvent | null>;
  settleEvent: (eventId: string, verdict: Verdict) => Promise<SettledEvent>;
  isFlowOn: (tenant: string, flow: FlowSlug) => Promise<boolean>;
  /** The tenant's calls to one service are refused for now (401 or 403): stop making them until `until`. */
  pauseTenant: (tenant: string, until: Date, reason: string) => Promise<void>;
}

export interface Visit {
  door: Door;
  shipment: Shipment;
  /** 1 for the first visit of this door, counting those that came back later. */
  attempt: number;
  execution: string;
}

export type Entry =
  | { outcome: 'entered'; visit: Visit }
  | { outcome: 'not_owed'; shipment: Shipment }
  | { outcome: 'superseded' }
  | { outcome: 'occupied'; retryAfterMs: number }
  | { outcome: 'paused'; retryAfterMs: number; reason: string }
  | { outcome: 'missing' };

export interface Ending {
  outcome: 'done' | 'later' | 'stop' | 'threw';
  why: string | null;
  /** When the door is to be tried again; absent where it is not. */
  afterMs?: number;
}

export type FlowSlug =
  | 'mfa-initiated'
  | 'group-add'
  | 'process-shipments'
  | 'profile-recheck'
  | 'cancel-leavers'
  | 'revoke-leavers';

/** The flows, with the titles that Okta Workflows users know. Each can be switched per tenant. */
export const flows: Readonly<Record<FlowSlug, string>> = {
  'mfa-initiated': 'Create shipment trigger - MFA Initiated',
  'group-add': 'Create shipment trigger - Group Add',
  'process-shipments': 'Process shipments',
  'profile-recheck': 'Check held shipments again when a profile changes',
  'cancel-leavers': 'Cancel shipments of people who leave the group or are deactivated',
  'revoke-leavers': 'Revoke credentials of people who are deactivated',
};

export interface InboundEvent {
  id: string;
  tenant: string;
  /** The event as received, parsed tolerantly by intake. */
  body: unknown;
  state: 'received' | 'ignored' | 'accepted';
}

export interface ShipmentRequest {
  tenant: string;
  trigger: Trigger;
  purpose: Purpose;
  userId: string | null;
  login: string | null;
  product: Product;
  groupId: string | null;
}

export type Verdict =
  | { verdict: 'ignored'; reason: string }
  | { verdict: 'key_request'; request: ShipmentRequest }
  /** The person's held shipments are to be checked again. `login` finds a check that has not resolved the person yet. */
  | { verdict: 'recheck'; userId: string; login: string | null }
  /** The person left: their open shipments are cancelled where that can be done, and with `revokes` their credentials taken back. */
  | { verdict: 'leaver'; userId: string; groupId: string | null; cancels: boolean; revokes: boolean };

export type SettledEvent =
  | { outcome: 'ignored'; reason: string }
  | { outcome: 'opened'; shipmentId: string }
  | { outcome: 'rechecked'; shipmentIds: readonly string[] }
  | { outcome: 'recalled'; shipmentIds: readonly string[] }
  /** A check of this person is under way and may have read the profile before the change: ask again when it has ended. */
  | { outcome: 'check_under_way' };

export interface OktaUser {
  id: string;
  login: string;
  /** Okta's status, an open string: new values appear. */
  status: string;
  profile: SourcedProfile;
}

export interface Enrollment {
  id: string;
  /** Open string: FULFILLMENT_PENDING and FULFILLMENT_ERRORED are live though undocumented. */
  status: string;
  createdAt: Date | null;
}

export interface TransportKey {
  kty: 'EC';
  crv: 'P-384';
  use: 'enc';
  kid: string;
  x: string;
  y: string;
}

export interface OktaPort {
  /** Read fresh, by id or login; null when Okta knows nobody by it. */
  readUser: (tenant: string, idOrLogin: string) => Promise<OktaUser | null>;
  readGroup: (tenant: string, groupId: string) => Promise<{ id: string; name: string } | null>;
  isMember: (tenant: string, groupId: string, userId: string) => Promise<boolean>;
  listEnrollments: (tenant: string, userId: string) => Promise<readonly Enrollment[]>;
  enroll: (
    tenant: string,
    request: { userId: string; transportKey: TransportKey },
  ) => Promise<{ enrollmentId: string; keyId: string; pinRequestJwe: string; credRequestJwe: string }>;
  deleteEnrollment: (tenant: string, userId: string, enrollmentId: string) => Promise<void>;
  /** Only when an order has failed or was cancelled (ARCHITECTURE.md, "States"). */
  markEnrollmentError: (tenant: string, userId: string, enrollmentId: string) => Promise<void>;
  activate: (
    tenant: string,
    request: {
      userId: string;
      enrollmentId: string;
      serial: string;
      version: string;
      pinResponseJwe: string;
      credResponseJwe: string;
      signingKeys: readonly Readonly<Record<string, unknown>>[];
    },
  ) => Promise<{ enrollmentIds: readonly string[] }>;
  /** Okta mails the PIN itself; calling again mails it again. */
  sendPin: (tenant: string, userId: string, enrollmentId: string) => Promise<void>;
}

export interface OrderRequest {
  profile: CheckedProfile;
  recipientEmail: string;
  product: Product;
  deliveryType: number;
  reference: string;
  pinRequestJwe: string;
  credRequestJwe: string;
}

export interface OrderDetails {
  orderId: string;
  stateId: number;
  reference: string | null;
  recipientEmail: string | null;
  createdAt: Date | null;
  carrier: string | null;
  trackingNumber: string | null;
  trackingUrl: string | null;
  /** The address that the provider would rather ship to; only in the state that asks for a decision. */
  suggestion: SuggestedAddress | null;
  /** Present once the key is programmed. */
  programmed: ProgrammedKey | null;
}

export type SuggestedAddress = Pick<CheckedProfile, 'streetLine1' | 'streetLine2' | 'city' | 'state' | 'zipCode'>;

export interface ProgrammedKey {
  serial: string;
  firmware: string;
  pinResponseJwe: string;
  /** `keyId` is the `kid` of the response's protected header; null where it has none. */
  credResponses: readonly { keyId: string | null; jwe: string }[];
  /** The PIN sealed to our key; null with a provider that offers no such copy. */
  pinCopyJwe: string | null;
}

export interface FulfillmentPort {
  /** One of the provider's transport keys, at random. */
  transportKey: (tenant: string) => Promise<TransportKey>;
  signingKeys: (tenant: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  placeOrder: (tenant: string, order: OrderRequest) => Promise<{ orderId: string; stateId: number }>;
  readOrder: (tenant: string, orderId: string) => Promise<OrderDetails>;
  /** Every order since `since` whose reference begins so, newest first, however many pages that takes. */
  findOrders: (tenant: string, query: { referencePrefix: string; since: Date }) => Promise<readonly OrderDetails[]>;
  /** @throws OutsideError `refused` when the provider has locked the order, `not_found` when it is gone already. */
  deleteOrder: (tenant: string, orderId: string) => Promise<void>;
  /**
   * Changes the label of an order; the same edit twice changes nothing more. `isFinal` ships to this address though the
   * provider would not.
   * @throws OutsideError `refused` when the provider has locked the order or will not have the label, `not_found`
   */
  editOrder: (
    tenant: string,
    orderId: string,
    label: { profile: CheckedProfile; recipientEmail: string; deliveryType: number; isFinal: boolean },
  ) => Promise<void>;
  /** What the provider thinks of an address before anything is ordered; `unknown` where it offers no such check. */
  validateAddress: (tenant: string, profile: CheckedProfile) => Promise<'deliverable' | 'undeliverable' | 'unknown'>;
  /** ISO alpha-2 codes of the countries that are enabled for the tenant; null where the provider does not say. */
  enabledCountries: (tenant: string) => Promise<readonly string[] | null>;
}

/** A personnel system. Only asked for tenants whose sources name it. */
export interface HrisPort {
  /** What it says of a person, by Okta's names; null when it knows nobody by what Okta knows them by. */
  readPerson: (tenant: string, user: OktaUser) => Promise<Readonly<Partial<Record<ProfileField, string>>> | null>;
}

export interface PinMail {
  to: string;
  firstName: string;
  messageId: string;
  /** Opened inside the one function that mails it, and nowhere else (invariant 5). */
  pinCopyJwe: string;
  serial: string | null;
}

export interface MailPort {
  sendPinMail: (tenant: string, mail: PinMail) => Promise<void>;
}

export type CheckAddress = (profile: SourcedProfile, about: AddressSurroundings) => AddressVerdict;

/** What an address is judged by besides itself. */
export interface AddressSurroundings {
  /** A new user's PIN goes to the secondary address, which must be there then. */
  isNewUser: boolean;
  /** ISO alpha-2 codes of the countries that the provider ships to for this tenant; null where it does not say. */
  enabledCountries: readonly string[] | null;
}

export type AddressVerdict =
  | { outcome: 'shippable'; profile: CheckedProfile }
  /** `suggestion` holds a value for each field that could be mended by a loss that a person may accept. */
  | { outcome: 'problems'; problems: readonly Problem[]; suggestion: Suggestion };
