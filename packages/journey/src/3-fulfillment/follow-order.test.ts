import { describe, expect, test } from '@jest/globals';

import type { Shipment } from '../model/shipment.ts';
import { after, onDay, placed, seenOrder } from '../testing/polls.ts';
import { sampleState, sampleStateIds } from '../testing/sample-states.ts';
import { startOfTime, type SampleShipment } from '../testing/samples.ts';
import { followOrder, missOrder } from './follow-order.ts';

const underWay = (fields: SampleShipment = {}): Shipment =>
  placed({
    ...fields,
    plan: { parcel: 'in_transit', ...fields.plan },
    parcel: { ...placed().parcel, inTransitSince: startOfTime },
  });

describe('a poll of the order', () => {
  test('that shows nothing new adds nothing to the history', () => {
    expect(followOrder(placed(), seenOrder, onDay(1))).toBeNull();
    expect(followOrder(after(placed(), 103), { ...seenOrder, state: sampleState(103) }, onDay(2))).toBeNull();
    expect(followOrder(after(placed(), 6), { ...seenOrder, state: sampleState(6) }, onDay(2))).toBeNull();
    const unmatched = { serial: '1', firmware: '5', pinResponseJwe: 'p', credResponses: [], pinCopyJwe: 'c' };
    const held = after(placed(), { state: sampleState(103), programmed: unmatched });
    expect(held.hold?.code).toBe('credential_unmatched');
    expect(followOrder(held, { ...seenOrder, state: sampleState(103), programmed: unmatched }, onDay(2))).toBeNull();
  });

  test('records the state and its effect in the history', () => {
    const notes = [102, 6, 3].map((stateId, index) => {
      const before = after(placed(), ...[102, 6].slice(0, index));
      return followOrder(before, { ...seenOrder, state: sampleState(stateId) }, onDay(3))?.note;
    });
    expect(notes).toEqual([
      { event: 'parcel.tracked', detail: { stateId: 102 } },
      { event: 'shipment.held', detail: { stateId: 6 } },
      { event: 'shipment.released_by_provider', detail: { stateId: 3 } },
    ]);
  });

  test('keeps the carrier details, also when they come without a new state', () => {
    const details = { carrier: 'FEDEX', trackingNumber: '42', trackingUrl: 'https://carrier.example/42' };
    const shipment = after(placed(), 103, { state: sampleState(103), ...details }, 103);
    expect(shipment.parcel).toMatchObject(details);
  });

  test('of an order that is no longer placed changes nothing', () => {
    for (const state of ['placing', 'cancelling', 'closed', 'cancelled'] as const) {
      const shipment = placed({ plan: { order: state } });
      expect(followOrder(shipment, { ...seenOrder, state: sampleState(105) }, onDay(1))).toBeNull();
      expect(missOrder(shipment, startOfTime)).toBeNull();
    }
  });

  test.each(sampleStateIds)('moves a parcel only along the plan, from any state before %i', (stateId) => {
    for (const before of sampleStateIds) {
      const shipment = after(placed(), before, stateId);
      const { id: providerState, isLocked } = sampleState(stateId);
      expect(shipment.order).toMatchObject({ providerState, isLocked });
      const wanted =
        sampleState(stateId).hold ?? (sampleState(stateId).alarm === true ? sampleState(before).hold : undefined);
      expect(shipment.hold?.code).toBe(wanted);
    }
  });
});

describe('the parcel', () => {
  test.each([
    [[103, 104], 'delivered'],
    [[106, 104], 'delivered'],
    [[102, 106, 103, 104], 'delivered'],
    [[105, 104], 'delivered'],
    [[105, 103], 'in_transit'],
    [[106, 3], 'preparing'],
    [[103, 3], 'in_transit'],
    [[104, 103], 'delivered'],
    [[103, 107], 'in_transit'],
    [[103, 9999], 'in_transit'],
    [[104, 105], 'delivered'],
  ] as const)('seen %j is %s', (states, parcel) => {
    expect(after(placed(), ...states).plan.parcel).toBe(parcel);
  });

  test('is in transit since the first poll that shows it, in any state', () => {
    for (const stateId of [103, 106, 105])
      expect(after(placed(), 3, stateId, 103).parcel.inTransitSince).toEqual(onDay(2).now);
    expect(after(placed(), 3, 102).parcel.inTransitSince).toBeNull();
  });
});

describe('a parcel that is in transit for too long', () => {
  test.each([
    [30, 103, undefined],
    [31, 103, 'transit_too_long'],
    [31, 106, 'transit_too_long'],
    [31, 9999, 'transit_too_long'],
    [31, 104, undefined],
    [31, 105, 'parcel_lost'],
  ])('on day %i in state %i is held: %s', (day, stateId, code) => {
    const decision = followOrder(underWay(), { ...seenOrder, state: sampleState(stateId) }, onDay(day));
    expect(decision?.change.hold?.code).toBe(code);
  });

  test('is held also when polls have shown only the exception', () => {
    const seen = after(placed(), 106);
    expect(followOrder(seen, { ...seenOrder, state: sampleState(106) }, onDay(40))?.change.hold?.code).toBe(
      'transit_too_long',
    );
  });

  test('is not waited for when the receipt is confirmed, though the programmed key still is', () => {
    const shipment = underWay({ plan: { receiptConfirmed: true } });
    for (const stateId of [103, 105])
      expect(
        followOrder(shipment, { ...seenOrder, state: sampleState(stateId) }, onDay(40))?.change.hold ?? null,
      ).toBeNull();
  });
});
