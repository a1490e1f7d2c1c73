import type { ParcelState } from '../model/plan.ts';
import type { HoldCode } from '../model/shipment.ts';

/**
 * What one of the provider's shipment states means here (Yubico's own integrations). Every row keeps polling unless a
 * hold of its own or a terminal parcel says otherwise: no single answer ends an order.
 */
export interface Meaning {
  /** Absent: the state says nothing about where the parcel is. */
  parcel?: ParcelState;
  hold?: HoldCode;
  /** Operators are told, though no person must act on this shipment yet. */
  alarm?: true;
}

const preparing: Meaning = { parcel: 'preparing' };

export const providerStates: Readonly<Record<number, Meaning>> = {
  1: { parcel: 'preparing', hold: 'order_incomplete' },
  2: preparing,
  3: preparing,
  4: preparing,
  5: preparing,
  6: { parcel: 'preparing', hold: 'address_suggested' },
  7: { parcel: 'preparing', hold: 'address_undeliverable' },
  8: { parcel: 'preparing', hold: 'provider_error' },
  9: { parcel: 'preparing', hold: 'denied_party' },
  12: preparing,
  99: { parcel: 'preparing', hold: 'provider_error' },
  100: preparing,
  101: preparing,
  102: preparing,
  103: { parcel: 'in_transit' },
  104: { parcel: 'delivered' },
  105: { parcel: 'lost', hold: 'parcel_lost' },
  106: { parcel: 'exception', alarm: true },
  107: { alarm: true },
  108: { alarm: true },
  110: { alarm: true },
  1025: preparing,
  2000: preparing,
};

/** An unknown state keeps polling and raises an alarm. */
export const meaningOf = (stateId: number): Meaning => providerStates[stateId] ?? { alarm: true };

/** Holds of the provider's that a change of the label may take off: until it was told of one, they say nothing new. */
export const answeredByAnEdit: readonly HoldCode[] = ['order_incomplete', 'address_suggested', 'address_undeliverable'];

/** Holds that the provider's state put on, and that a better state takes off again without a person. */
export const putOnByTheProvider: readonly HoldCode[] = [
  'order_incomplete',
  'address_suggested',
  'address_undeliverable',
  'provider_error',
  'denied_party',
  'parcel_lost',
  'order_missing',
  'transit_too_long',
];
