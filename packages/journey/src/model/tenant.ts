import type { OrgKind } from './hub-user.ts';
import type { ProfilePart, Source } from './profile.ts';
import type { Purpose } from './purpose.ts';
import type { RegistrationTarget } from './registration.ts';

/** What may be ordered: the three ids that the provider's contract with the tenant names. Always strings, as Okta sends them. */
export interface Product {
  productId: string;
  inventoryProductId: string;
  customizationId: string;
}

/** A product with the purpose of its keys: the stock that backup keys come from is another than that of primary keys. */
export interface StockedProduct extends Product {
  /** Absent is `primary`. */
  purpose?: Purpose | undefined;
}

export interface PinPolicy {
  /** `auto`: a new user's PIN goes to the secondary address, an existing user's to the primary. */
  recipient: 'auto' | 'both';
  channel: 'smtp' | 'okta';
  release: 'on_activation' | 'on_delivery' | 'on_receipt';
}

/**
 * Where a key may go besides the address of the tenant's sources: `allowed` to what a request or an operator says,
 * `corrections_only` to what an operator says about a held shipment, `forbidden` to no other address.
 */
export const addressOverrides = ['allowed', 'corrections_only', 'forbidden'] as const;

export type AddressOverrides = (typeof addressOverrides)[number];

/** A company's settings that steps use. Credentials and addresses of services stay in the connectors. */
export interface Tenant {
  name: string;
  products: readonly StockedProduct[];
  groups: readonly ({ id?: string | undefined; name?: string | undefined } & StockedProduct)[];
  pin: PinPolicy;
  /** `profileEveryMs`: how often a profile is compared with a placed order without an event about it. */
  polling: { firstAfterMs: number; everyMs: number; profileEveryMs: number; maxTransitDays: number };
  /** How long after an unanswered call its effect may still appear. */
  reconcileAfterMs: number;
  /** How long a person whom a SCIM client deactivated keeps what is suspended. */
  deactivationGraceMs: number;
  /** Whether keycourier can mail people itself. */
  mailsPeople: boolean;
  deliveryType: number;
  /**
   * The sources of each part of a profile, in order; the next is used where the one before has no value. Absent is Okta
   * alone. The addresses that PINs go to have other sources only where the tenant opted in.
   */
  sources: Readonly<Partial<Record<ProfilePart, readonly Source[]>>>;
  /** Where the keys of its people are registered. */
  keysIn: OrgKind;
  /** Of a tenant whose keys are in the hub: whose addresses PINs go to. */
  pinAddressesFrom: OrgKind;
  /** Null where Okta is not shown who has a key. */
  registration: RegistrationTarget | null;
  /** The same in the hub, for those whose keys are there. */
  hubRegistration: RegistrationTarget | null;
}
