import { describe, expect, test } from '@jest/globals';

import { keysOf } from '../testing/every-combination.ts';
import { checkedProfile, otherProduct, sampleHold, sampleShipment } from '../testing/samples.ts';
import { applyChange } from './change.ts';
import { arrows, isLegal } from './plan.ts';

const later = new Date('2026-03-05T12:00:00.000Z');

describe('a change', () => {
  test('keeps what it does not name', () => {
    const shipment = sampleShipment({
      liftedHold: sampleHold('order_refused'),
      duplicateOf: 'shp_0',
      note: 'for the ferry',
    });
    expect(applyChange(shipment, {}, later)).toEqual({ ...shipment, updatedAt: later });
  });

  test('does not mutate the shipment', () => {
    const shipment = sampleShipment();
    const before = structuredClone(shipment);
    applyChange(shipment, { order: 'ready', secrets: { login: null }, intents: { activate: { at: 'now' } } }, later);
    expect(shipment).toEqual(before);
  });

  test('sets what it names', () => {
    const after = applyChange(
      sampleShipment(),
      {
        profileChecked: true,
        programmed: true,
        receiptConfirmed: true,
        releaseOverridden: true,
        editRequested: true,
        user: { id: '00u2' },
        product: otherProduct,
        duplicateOf: 'shp_0',
        failure: { code: 'user_not_found', problems: [] },
        pinMail: { sentTo: 'z…@work.example', sentAt: later },
      },
      later,
    );
    expect(after).toMatchObject({
      plan: {
        profileChecked: true,
        programmed: true,
        receiptConfirmed: true,
        releaseOverridden: true,
        editRequested: true,
      },
      user: { id: '00u2' },
      product: otherProduct,
      duplicateOf: 'shp_0',
      failure: { code: 'user_not_found', problems: [] },
      pin: { sentTo: 'z…@work.example', sentAt: later },
      updatedAt: later,
    });
  });

  test('adds details to those that are there', () => {
    const shipment = sampleShipment({
      intents: { send: { at: 'then' } },
      order: { providerId: 'order-1', placedAt: later, providerState: 3, isLocked: false },
    });
    const after = applyChange(
      shipment,
      {
        orderDetails: { providerState: 103, isLocked: true },
        parcelDetails: { carrier: 'FEDEX' },
        credentialDetails: { serial: '7' },
        intents: { activate: { at: 'now' } },
      },
      later,
    );
    expect(after.order).toEqual({ providerId: 'order-1', placedAt: later, providerState: 103, isLocked: true });
    expect(after.parcel).toEqual({ ...shipment.parcel, carrier: 'FEDEX' });
    expect(after.credential).toEqual({ ...shipment.credential, serial: '7' });
    expect(after.intents).toEqual({ send: { at: 'then' }, activate: { at: 'now' } });
  });

  test('deletes a secret that it sets to null, and keeps the others', () => {
    const shipment = sampleShipment({ secrets: { login: 'a', pinCopy: { jwe: 'x' } } });
    const after = applyChange(shipment, { secrets: { pinCopy: null, profile: checkedProfile() } }, later);
    expect(after.secrets).toEqual({ login: 'a', profile: checkedProfile() });
    expect('pinCopy' in after.secrets).toBe(false);
  });

  test('clears what it sets to null', () => {
    const shipment = sampleShipment({
      hold: sampleHold('profile_problems'),
      liftedHold: sampleHold('order_refused'),
      failure: { code: 'user_not_found', problems: [] },
    });
    const after = applyChange(shipment, { hold: null, liftedHold: null, failure: null }, later);
    expect(after).toMatchObject({ hold: null, liftedHold: null, failure: null, plan: { held: false } });
  });
});

describe('the plan after a change', () => {
  test('is held as long as there is a hold', () => {
    const held = applyChange(sampleShipment(), { hold: sampleHold('profile_problems') }, later);
    expect(held.plan.held).toBe(true);
    expect(applyChange(held, { order: 'ready' }, later).plan.held).toBe(true);
  });

  test('releases its slot with a hold', () => {
    const shipment = sampleShipment({ plan: { order: 'enrolling', profileChecked: true, inSlot: true } });
    expect(applyChange(shipment, { hold: sampleHold('enrollment_unclear') }, later).plan.inSlot).toBe(false);
  });

  test('closes with the last of: active, sent, delivered', () => {
    const shipment = sampleShipment({
      plan: { order: 'placed', parcel: 'in_transit', credential: 'active', pin: 'sent', programmed: true },
    });
    expect(applyChange(shipment, { parcel: 'delivered' }, later).plan.order).toBe('closed');
    expect(applyChange(shipment, { receiptConfirmed: true }, later).plan.order).toBe('closed');
  });

  test.each(['cancelled', 'failed'] as const)('%s: no operator has to act any more', (order) => {
    const shipment = sampleShipment({ hold: sampleHold('profile_problems') });
    expect(applyChange(shipment, { order }, later)).toMatchObject({ hold: null, plan: { order, held: false } });
    const ended = applyChange(shipment, { order }, later);
    expect(applyChange(ended, { hold: sampleHold('user_not_active') }, later).hold).toBeNull();
  });
});

describe('a requested cancel', () => {
  const wanted = { cancelRequested: true };
  const order = { at: 'then', reference: 'shp_1-1', attempt: 1 };

  test('ends the shipment with the response that it was waiting for, without a hold', () => {
    const placing = sampleShipment({ plan: { order: 'placing', credential: 'pending', cancelRequested: true } });
    const hold = sampleHold('order_refused');
    expect(applyChange(placing, { order: 'enrolled', hold }, later)).toMatchObject({
      hold: null,
      plan: { order: 'cancelled', held: false, inSlot: false },
    });
    expect(applyChange(placing, { order: 'placed', parcel: 'preparing' }, later).plan.order).toBe('cancelling');
  });

  test('is held only while it is unknown whether there is an order', () => {
    const placing = sampleShipment({ plan: { order: 'placing', credential: 'pending', cancelRequested: true } });
    const hold = sampleHold('order_unclear');
    expect(applyChange(placing, { hold }, later).hold).toEqual(hold);
    const cancelling = sampleShipment({ plan: { order: 'cancelling', credential: 'pending', cancelRequested: true } });
    expect(applyChange(cancelling, { hold: sampleHold('order_duplicated') }, later).hold).toBeNull();
  });

  test.each([
    ['an order was given up', { order }, 'pending'],
    ['nothing was ever ordered', {}, 'none'],
  ] as const)('leaves something to look for where %s', (_, intents, credential) => {
    const ready = sampleShipment({ intents, plan: { order: 'ready', profileChecked: true } });
    const after = applyChange(ready, wanted, later);
    expect(after.plan).toMatchObject({ order: 'cancelled', credential });
    expect(applyChange(after, { credential: 'none' }, later).plan.credential).toBe('none');
  });
});

describe('a credential that is to be revoked', () => {
  test.each(['pending', 'active'] as const)('is not stopped by a hold (%s)', (credential) => {
    const shipment = sampleShipment({
      plan: { order: 'placed', parcel: 'preparing', credential },
      hold: sampleHold('parcel_lost'),
    });
    const after = applyChange(shipment, { revokeRequested: true }, later);
    expect(after).toMatchObject({ hold: null, plan: { held: false } });
    expect(applyChange(after, { hold: sampleHold('provider_error') }, later).hold).toBeNull();
  });
});

describe('an illegal move', () => {
  const pairs = keysOf(arrows).flatMap((facet) =>
    Object.keys(arrows[facet]).flatMap((from) => Object.keys(arrows[facet]).map((to) => ({ facet, from, to }))),
  );

  test('is thrown for every pair without an arrow, and for no other', () => {
    const wrong = pairs.filter(({ facet, from, to }) => {
      const shipment = sampleShipment({ plan: { [facet]: from } });
      try {
        applyChange(shipment, { [facet]: to }, later);
        return !isLegal(facet, from, to);
      } catch (error) {
        expect(error).toMatchObject({
          code: 'illegal_move',
          message: `${facet} cannot go from ${from} to ${to} (shipment shp_1)`,
        });
        return isLegal(facet, from, to);
      }
    });
    expect(wrong).toEqual([]);
  });
});
