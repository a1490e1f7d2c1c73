import type { ProviderState } from '@keycourier/journey/ports/fulfillment';

type Meaning = Omit<ProviderState, 'id' | 'isLocked'>;

const preparing: Meaning = { parcel: 'preparing' };

/**
 * What Yubico's shipment states mean for a shipment. Sources: YubicoLabs' yed-self-service and yed-spoke-example. Polling
 * goes on in every state until the parcel is at its end: no single answer ends an order.
 */
export const providerStates: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [1, { parcel: 'preparing', hold: 'order_incomplete' }],
  [2, preparing],
  [3, preparing],
  [4, preparing],
  [5, preparing],
  [6, { parcel: 'preparing', hold: 'address_suggested' }],
  [7, { parcel: 'preparing', hold: 'address_undeliverable' }],
  [8, { parcel: 'preparing', hold: 'provider_error' }],
  [9, { parcel: 'preparing', hold: 'denied_party' }],
  [12, preparing],
  [99, { parcel: 'preparing', hold: 'provider_error' }],
  [100, preparing],
  [101, preparing],
  [102, preparing],
  [103, { parcel: 'in_transit' }],
  [104, { parcel: 'delivered' }],
  [105, { parcel: 'lost', hold: 'parcel_lost' }],
  [106, { parcel: 'exception', alarm: true }],
  [107, { alarm: true }],
  [108, { alarm: true }],
  [110, { alarm: true }],
  [1025, preparing],
  [2000, preparing],
]);

/** The last state in which the provider lets an order be changed or deleted (yed-self-service: id <= 9). */
const lastEditableState = 9;

/** A state that is not in the table raises an alarm. */
export function stateOf(id: number): ProviderState {
  return { id, ...(providerStates.get(id) ?? { alarm: true }), isLocked: id > lastEditableState };
}
