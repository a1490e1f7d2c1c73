import { describe, expect, test } from '@jest/globals';
import { isLiftedBy } from '@keycourier/journey/model/holds';

import { providerStates, stateOf } from './provider-states.ts';

/** A second copy, written by hand. */
const table = [
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
] as const;

describe('a state of the provider', () => {
  test.each(table)('%i means %j', (id, meaning) => {
    expect(stateOf(id)).toEqual({ id, ...meaning, isLocked: id > 9 });
  });

  test.each([0, 10, 11, 98, 109, 111, 1024, 9999, -1, Number.NaN])('%p is unknown, and raises an alarm', (id) => {
    expect(stateOf(id)).toEqual({ id, alarm: true, isLocked: id > 9 });
  });

  test('lifts again every hold that it sets', () => {
    const holds = [...providerStates.values()].flatMap(({ hold }) => hold ?? []);
    expect(holds.filter((hold) => !isLiftedBy(hold, 'provider'))).toEqual([]);
  });

  test('is in the table or unknown: there are no others', () => {
    expect([...providerStates.keys()]).toEqual(table.map(([id]) => id));
  });
});
