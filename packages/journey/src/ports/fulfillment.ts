import type { HoldCode } from '../model/holds.ts';
import type { ParcelState } from '../model/plan.ts';
import type { CheckedProfile } from '../model/profile.ts';
import type { Product } from '../model/tenant.ts';

/** The fulfillment provider's name in Okta's events and in calls of Okta's API. */
export const fulfillmentProvider = 'yubico';

export interface TransportKey {
  kty: 'EC';
  crv: 'P-384';
  use: 'enc';
  kid: string;
  x: string;
  y: string;
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

/** The state of an order at the provider, and what it means for the shipment. Only the connector interprets the id. */
export interface ProviderState {
  /** The provider's own id of the state: stored, compared and shown to operators, never interpreted. */
  id: number;
  /** Absent where the state says nothing about the parcel. */
  parcel?: ParcelState;
  /** Set where the state needs an operator. */
  hold?: HoldCode;
  /** Worth an alarm, though this shipment needs no operator yet; such a state lifts no hold. */
  alarm?: true;
  /** The provider no longer accepts changes of the order. */
  isLocked: boolean;
}

export interface OrderDetails {
  orderId: string;
  state: ProviderState;
  reference: string | null;
  recipientEmail: string | null;
  createdAt: Date | null;
  carrier: string | null;
  trackingNumber: string | null;
  trackingUrl: string | null;
  /** The address that the provider suggests; only in the state that needs a decision. */
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
  /** The PIN encrypted to our key; null for a provider that offers no such copy. */
  pinCopyJwe: string | null;
}

export interface FulfillmentPort {
  /** One of the provider's transport keys, at random. */
  transportKey: (tenant: string) => Promise<TransportKey>;
  signingKeys: (tenant: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  placeOrder: (tenant: string, order: OrderRequest) => Promise<Pick<OrderDetails, 'orderId' | 'state'>>;
  readOrder: (tenant: string, orderId: string) => Promise<OrderDetails>;
  /** Every order since `since` whose reference has the prefix, newest first, from all pages. */
  findOrders: (tenant: string, query: { referencePrefix: string; since: Date }) => Promise<readonly OrderDetails[]>;
  /** @throws ConnectorError `refused` when the provider has locked the order, `not_found` when it no longer exists */
  deleteOrder: (tenant: string, orderId: string) => Promise<void>;
  /**
   * Changes the label of an order; idempotent. `isFinal` ships to this address without the provider's own validation.
   * @throws ConnectorError `refused` when the provider has locked the order or rejects the label, `not_found`
   */
  editOrder: (
    tenant: string,
    orderId: string,
    label: { profile: CheckedProfile; recipientEmail: string; deliveryType: number; isFinal: boolean },
  ) => Promise<void>;
  /** The provider's opinion of an address before an order; `unknown` where it offers no such check. */
  validateAddress: (tenant: string, profile: CheckedProfile) => Promise<'deliverable' | 'undeliverable' | 'unknown'>;
  /** ISO alpha-2 codes of the countries that are enabled for the tenant; null where the provider does not say. */
  enabledCountries: (tenant: string) => Promise<readonly string[] | null>;
}
