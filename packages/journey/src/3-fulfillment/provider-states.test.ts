import { describe, expect, test } from '@jest/globals';

import { meaningOf, providerStates, putOnByTheProvider, type Meaning } from './provider-states.ts';

/** Said again, by hand . Nothing ends an order; every state keeps polling. */
const table: readonly (readonly [number, Meaning])[] = [
  [1, { parcel: 'preparing', hold: 'order_incomplete' }],
  [2, { parcel: 'preparing' }],
  [3, { parcel: 'preparing' }],
  [4, { parcel: 'preparing' }],
  [5, { parcel: 'preparing' }],
  [6, { parcel: 'preparing', hold: 'address_suggested' }],
  [7, { parcel: 'preparing', hold: 'address_undeliverable' }],
  [8, { parcel: 'preparing', hold: 'provider_error' }],
  [9, { parcel: 'preparing', hold: 'denied_party' }],
  [12, { parcel: 'preparing' }],
  [99, { parcel: 'preparing', hold: 'provider_error' }],
  [100, { parcel: 'preparing' }],
  [101, { parcel: 'preparing' }],
  [102, { parcel: 'preparing' }],
  [103, { parcel: 'in_transit' }],
  [104, { parcel: 'delivered' }],
  [105, { parcel: 'lost', hold: 'parcel_lost' }],
  [106, { parcel: 'exception', alarm: true }],
  [107, { alarm: true }],
  [108, { alarm: true }],
  [110, { alarm: true }],
  [1025, { parcel: 'preparing' }],
  [2000, { parcel: 'preparing' }],
];

describe('the provider’s state', () => {
  test.each(table)('%i means %j', (stateId, meaning) => {
    expect(meaningOf(stateId)).toEqual(meaning);
  });

  test.each([0, 10, 11, 98, 109, 111, 1024, 9999, -1, Number.NaN])(
    '%p is not known, and raises an alarm',
    (stateId) => {
      expect(meaningOf(stateId)).toEqual({ alarm: true });
    },
  );

  test('is in the table or unknown: there are no others', () => {
    expect(Object.keys(providerStates).map(Number)).toEqual(table.map(([stateId]) => stateId));
  });

  test('takes off again every hold that it puts on', () => {
    const holds = Object.values(providerStates).flatMap(({ hold }) => hold ?? []);
    expect(holds.filter((hold) => !putOnByTheProvider.includes(hold))).toEqual([]);
  });
});
