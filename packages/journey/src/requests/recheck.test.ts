import { describe, expect, test } from '@jest/globals';

import type { HoldCode } from '../model/holds.ts';
import { sampleHold, sampleShipment } from '../testing/samples.ts';
import { followPush, recheck } from './recheck.ts';

const held = (
  code: HoldCode,
  order: 'requested' | 'ready' | 'enrolling' | 'enrolled' | 'placing' | 'placed' = 'requested',
) => sampleShipment({ hold: sampleHold(code), plan: { order, profileChecked: order !== 'requested' } });

describe('a shipment that is not held', () => {
  test.each(['profile_changed', 'operator'] as const)('has nothing to lift (%s)', (because) => {
    expect(recheck(sampleShipment(), because)).toBeNull();
  });
});

describe('a profile change', () => {
  test.each<HoldCode>(['profile_problems', 'user_not_active', 'order_refused', 'pin_address_changed'])(
    'lifts %s',
    (code) => {
      expect(recheck(held(code), 'profile_changed')?.change.hold).toBeNull();
    },
  );

  test.each<HoldCode>([
    'left_group',
    'product_not_allowed',
    'order_unclear',
    'parcel_lost',
    'credential_unmatched',
    'activation_refused',
    'mail_refused',
  ])('leaves %s to an operator', (code) => {
    expect(recheck(held(code), 'profile_changed')).toBeNull();
  });

  test('keeps the hold of a refused order, to be put back when the label stays the same', () => {
    const shipment = held('order_refused', 'enrolled');
    expect(recheck(shipment, 'profile_changed')?.change.liftedHold).toEqual(shipment.hold);
  });

  test.each<HoldCode>(['profile_problems', 'user_not_active', 'pin_address_changed'])('does not keep %s', (code) => {
    expect(recheck(held(code), 'profile_changed')?.change.liftedHold).toBeNull();
  });
});

describe('an operator', () => {
  test.each<HoldCode>(['profile_problems', 'left_group', 'order_unclear', 'parcel_lost', 'mail_refused'])(
    'lifts %s',
    (code) => {
      expect(recheck(held(code), 'operator')?.change).toMatchObject({ hold: null, liftedHold: null, moveToBack: true });
    },
  );

  test('who lifts the hold of a refused order has it ordered again', () => {
    expect(recheck(held('order_refused', 'enrolled'), 'operator')?.change.liftedHold).toBeNull();
  });

  test('who lifts the hold of a locked second order gets no other', () => {
    const shipment = held('order_duplicated', 'placed');
    expect(recheck(shipment, 'operator')?.change.liftedHold).toEqual(shipment.hold);
  });

  test('is named in the history, and the hold with its code', () => {
    expect(recheck(held('mail_refused', 'placed'), 'operator')?.note).toEqual({
      event: 'shipment.rechecked',
      detail: { because: 'operator', heldFor: 'mail_refused' },
    });
  });
});

test.each([
  ['requested', false],
  ['ready', false],
  ['enrolled', false],
  ['enrolling', undefined],
  ['placing', undefined],
  ['placed', undefined],
] as const)('the profile of a shipment that is %s is read again: %s', (order, profileChecked) => {
  expect(recheck(held('order_refused', order), 'profile_changed')?.change.profileChecked).toBe(profileChecked);
});

describe('a push to the hub', () => {
  const missing = (code: string, hubUserId: string | null = null) =>
    sampleShipment({
      hold: sampleHold('hub_person_missing', { problems: [{ field: 'hub', code }] }),
      hubUser: hubUserId === null ? null : { id: hubUserId, drift: [] },
    });

  test.each([
    ['login_taken', null, false, true],
    ['not_pushed', null, false, true],
    ['not_active_in_hub', null, true, true],
    ['not_active_in_hub', null, false, false],
    ['another_hub_user', '00uHub', true, true],
    ['another_hub_user', '00uFormer', true, false],
  ] as const)(
    'of one who was missing for %s, enrolled as %s, with news: %s; lifts the hold: %s',
    (code, of, isNews, lifts) => {
      const decision = followPush(missing(code, of), { hubUserId: '00uHub', isNews });
      expect(decision?.change.hold).toBe(lifts ? null : undefined);
    },
  );

  test.each(['profile_problems', 'user_not_active'] as const)('lifts no hold for %s', (code) => {
    expect(followPush(held(code), { hubUserId: '00uHub', isNews: true })).toBeNull();
  });
});
