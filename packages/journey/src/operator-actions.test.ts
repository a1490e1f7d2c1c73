import { describe, expect, test } from '@jest/globals';

import { applyChange } from './change.ts';
import { actionsOf, operatorActions, type OperatorAction } from './operator-actions.ts';
import { owed } from './plan.ts';
import type { HoldCode, Shipment } from './shipment.ts';
import { sampleHold, sampleShipment, startOfTime, type SampleShipment } from './testing/samples.ts';

function active({ plan, ...given }: SampleShipment = {}): Shipment {
  const counter = {
    order: 'placed',
    parcel: 'in_transit',
    credential: 'active',
    pin: 'sealed',
    programmed: true,
  } as const;
  return sampleShipment({ ...given, plan: { ...counter, profileChecked: true, ...plan } });
}

function ask(action: OperatorAction, shipment: Shipment): string | Shipment {
  const asked = operatorActions[action](shipment);
  return asked.outcome === 'refused' ? asked.code : applyChange(shipment, asked.decision.change, startOfTime);
}

describe('retry', () => {
  test('takes a request up again whose user was not found', () => {
    const failure = { code: 'user_not_found', problems: [{ field: 'user', code: 'user_not_found' }] };
    expect(ask('retry', sampleShipment({ failure, plan: { order: 'failed' } }))).toMatchObject({
      failure: null,
      plan: { order: 'requested' },
    });
  });

  test.each(['failed', 'cancelled', 'closed'] as const)('is refused for what is %s for good', (order) => {
    expect(ask('retry', sampleShipment({ failure: { code: 'other', problems: [] }, plan: { order } }))).toBe(
      'shipment_ended',
    );
  });

  test('lifts a hold and goes on from the same state', () => {
    const held = active({ hold: sampleHold('parcel_lost'), plan: { parcel: 'lost' } });
    expect(ask('retry', held)).toMatchObject({ hold: null, plan: { order: 'placed', parcel: 'lost' } });
  });

  test('knocks at the owed doors again where nothing is held', () => {
    const asked = operatorActions.retry(active());
    expect(asked).toEqual({
      outcome: 'granted',
      decision: { change: { knockAgain: true }, note: { event: 'shipment.retried' } },
    });
  });

  test('of a rehearsal lifts its hold, and does nothing else', () => {
    expect(
      ask('retry', sampleShipment({ hold: sampleHold('profile_problems'), plan: { dryRun: true } })),
    ).toMatchObject({ hold: null });
    expect(ask('retry', sampleShipment({ plan: { dryRun: true, order: 'ready' } }))).toBe('shipment_ended');
  });
});

describe('release-pin', () => {
  test.each(['on_delivery', 'on_receipt'] as const)('overrides %s', (release) => {
    const after = ask('release-pin', active({ plan: { release } }));
    expect(after).toMatchObject({ plan: { releaseOverridden: true }, liftedHold: null });
    expect(typeof after === 'string' ? [] : owed(after.plan)).toContain('release-pin');
  });

  test.each([
    ['before the credential is active', { credential: 'pending' }, 'credential_not_active'],
    ['before the key is programmed', { credential: 'pending', pin: 'none' }, 'credential_not_active'],
    ['when the PIN is on its way', { pin: 'released' }, 'pin_not_waiting'],
    ['when the PIN was sent', { pin: 'sent' }, 'pin_not_waiting'],
    ['when it is over', { order: 'cancelled' }, 'shipment_ended'],
  ] as const)('is refused %s', (_, plan, code) => {
    expect(ask('release-pin', active({ plan }))).toBe(code);
  });

  test('from the hold of a changed address is the word that the new one is right', () => {
    const hold = sampleHold('pin_address_changed');
    expect(ask('release-pin', active({ hold }))).toMatchObject({
      hold: null,
      liftedHold: hold,
      plan: { releaseOverridden: true },
    });
  });

  test.each<HoldCode>(['user_not_active', 'parcel_lost', 'mail_refused'])('does not lift %s', (code) => {
    expect(ask('release-pin', active({ hold: sampleHold(code) }))).toBe('shipment_held');
  });
});

describe('confirm-receipt', () => {
  test.each(['in_transit', 'exception', 'delivered', 'lost', 'returned'] as const)(
    'is taken for a parcel %s',
    (parcel) => {
      expect(ask('confirm-receipt', active({ plan: { parcel } }))).toMatchObject({
        plan: { receiptConfirmed: true, order: 'placed' },
      });
    },
  );

  test('closes what waited for nothing else', () => {
    expect(ask('confirm-receipt', active({ plan: { pin: 'sent' } }))).toMatchObject({ plan: { order: 'closed' } });
  });

  test.each<HoldCode>(['parcel_lost', 'parcel_returned', 'transit_too_long', 'order_missing'])('lifts %s', (code) => {
    expect(ask('confirm-receipt', active({ hold: sampleHold(code) }))).toMatchObject({ hold: null });
  });

  test.each<HoldCode>(['user_not_active', 'credential_unmatched', 'mail_refused'])('leaves %s', (code) => {
    expect(ask('confirm-receipt', active({ hold: sampleHold(code) }))).toMatchObject({
      hold: { code },
      plan: { receiptConfirmed: true },
    });
  });

  test.each([
    ['twice', { receiptConfirmed: true }, 'already_confirmed'],
    ['before the parcel left', { parcel: 'preparing' }, 'not_shipped_yet'],
    ['before the order', { order: 'placing', parcel: 'none' }, 'not_shipped_yet'],
    ['after the end', { order: 'closed' }, 'shipment_ended'],
  ] as const)('is refused %s', (_, plan, code) => {
    expect(ask('confirm-receipt', active({ plan }))).toBe(code);
  });
});

test.each<[string, Shipment, readonly OperatorAction[]]>([
  ['a new request', sampleShipment(), ['retry']],
  [
    'a waiting PIN',
    active({ plan: { release: 'on_receipt', parcel: 'delivered' } }),
    ['retry', 'release-pin', 'confirm-receipt'],
  ],
  ['a waiting PIN under a hold', active({ hold: sampleHold('parcel_lost') }), ['retry', 'confirm-receipt']],
  ['what is over', active({ plan: { order: 'closed', pin: 'sent' } }), []],
])('the actions for %s', (_, shipment, actions) => {
  expect(actionsOf(shipment)).toEqual(actions);
});
