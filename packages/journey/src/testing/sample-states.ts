import type { ProviderState } from '../ports/fulfillment.ts';

type Meaning = Omit<ProviderState, 'id' | 'isLocked'>;

/** States of the simulated provider, some for each meaning that a state can have. The real ones are in the connector. */
const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [1, { parcel: 'preparing', hold: 'order_incomplete' }],
  [3, { parcel: 'preparing' }],
  [6, { parcel: 'preparing', hold: 'address_suggested' }],
  [7, { parcel: 'preparing', hold: 'address_undeliverable' }],
  [8, { parcel: 'preparing', hold: 'provider_error' }],
  [9, { parcel: 'preparing', hold: 'denied_party' }],
  [99, { parcel: 'preparing', hold: 'provider_error' }],
  [100, { parcel: 'preparing' }],
  [102, { parcel: 'preparing' }],
  [103, { parcel: 'in_transit' }],
  [104, { parcel: 'delivered' }],
  [105, { parcel: 'lost', hold: 'parcel_lost' }],
  [106, { parcel: 'exception', alarm: true }],
  [107, { alarm: true }],
]);

export const sampleStateIds: readonly number[] = [...meanings.keys()];

/** A state that is not in the table means nothing, and raises an alarm. */
export function sampleState(id: number): ProviderState {
  return { id, ...(meanings.get(id) ?? { alarm: true }), isLocked: id > 9 };
}
