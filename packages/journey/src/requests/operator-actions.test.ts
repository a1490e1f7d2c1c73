import { describe, expect, test } from '@jest/globals';

import { applyChange } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import { nextSteps } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import { sampleHold, sampleShipment, sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { actionsOf, operatorActions, type OperatorAction } from './operator-actions.ts';

const cancelling = { ...stages.placed.plan, order: 'cancelling', cancelRequested: true } as const;

function active({ plan, ...fields }: SampleShipment = {}): Shipment {
  const facets = {
    order: 'placed',
    parcel: 'in_transit',
    credential: 'active',
    pin: 'sealed',
    programmed: true,
  } as const;
  return sampleShipment({ ...fields, plan: { ...facets, profileChecked: true, ...plan } });
}

function ask(action: OperatorAction, shipment: Shipment): string | Shipment {
  const result = operatorActions[action](shipment);
  if (result.outcome === 'granted') return applyChange(shipment, result.decision.change, startOfTime);
  return result.outcome === 'refused' ? result.code : result.outcome;
}

describe('retry', () => {
  test('repeats a request whose user was not found', () => {
    const failure = { code: 'user_not_found', problems: [{ field: 'user', code: 'user_not_found' }] };
    expect(ask('retry', sampleShipment({ failure, plan: { order: 'failed' } }))).toMatchObject({
      failure: null,
      plan: { order: 'requested' },
    });
  });

  test.each(['failed', 'cancelled', 'closed'] as const)('is refused for a shipment that is %s for good', (order) => {
    expect(ask('retry', sampleShipment({ failure: { code: 'other', problems: [] }, plan: { order } }))).toBe(
      'shipment_ended',
    );
  });

  test('lifts a hold and continues from the same state', () => {
    const held = active({ hold: sampleHold('parcel_lost'), plan: { parcel: 'lost' } });
    expect(ask('retry', held)).toMatchObject({ hold: null, plan: { order: 'placed', parcel: 'lost' } });
  });

  test('makes the next steps due now where there is no hold', () => {
    const result = operatorActions.retry(active());
    expect(result).toEqual({
      outcome: 'granted',
      decision: { change: { retryNow: true }, note: { event: 'shipment.retried' } },
    });
  });

  test('of a dry run lifts its hold, and does nothing else', () => {
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
    expect(typeof after === 'string' ? [] : nextSteps(after.plan)).toContain('release-pin');
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

  test('from the hold of a changed address confirms the new one', () => {
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
    'is accepted for a parcel %s',
    (parcel) => {
      expect(ask('confirm-receipt', active({ plan: { parcel } }))).toMatchObject({
        plan: { receiptConfirmed: true, order: 'placed' },
      });
    },
  );

  test('closes a shipment that waited for nothing else', () => {
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

describe('cancel', () => {
  const at = (plan: SampleShipment['plan'], fields: SampleShipment = {}): Shipment =>
    sampleShipment({ ...fields, plan: { profileChecked: true, ...plan } });
  const placed = (plan: SampleShipment['plan'] = {}, isLocked = false): Shipment =>
    sampleShipment({
      ...stages.placed,
      plan: { ...stages.placed.plan, ...plan },
      order: { ...stages.placed.order, isLocked },
    });

  test.each([
    ['requested', {}, []],
    ['ready', {}, []],
    ['enrolling', {}, ['delete-enrollment']],
    ['enrolled', { credential: 'pending' }, ['delete-enrollment']],
  ] as const)('ends one that is %s at once, and makes its clean-up the next step', (order, plan, stepNames) => {
    const after = ask('cancel', at({ order, ...plan }));
    expect(after).toMatchObject({ plan: { order: 'cancelled' } });
    expect(typeof after === 'string' ? null : nextSteps(after.plan)).toEqual(stepNames);
  });

  test('waits for the response to an order', () => {
    const after = ask('cancel', at({ order: 'placing', credential: 'pending', inSlot: true }));
    expect(after).toMatchObject({ plan: { order: 'placing', cancelRequested: true } });
    expect(typeof after === 'string' ? null : nextSteps(after.plan)).toEqual(['place-order']);
  });

  test('deletes an order that the provider has not locked', () => {
    expect(ask('cancel', placed())).toMatchObject({ plan: { order: 'cancelling' } });
  });

  test.each<[string, Shipment]>([
    ['that the provider has locked', placed({}, true)],
    ['whose parcel is under way', placed({ parcel: 'in_transit' })],
    ['whose key is programmed, in any state', placed({ programmed: true, pin: 'sealed' })],
    ['whose credential is active', active({ plan: { parcel: 'preparing' } })],
  ])('is refused for an order %s', (_, shipment) => {
    expect(ask('cancel', shipment)).toBe('order_locked');
  });

  test.each<[string, Shipment]>([
    ['one that is being cancelled', sampleShipment({ ...stages.placed, plan: cancelling })],
    ['one that is to be cancelled', at({ order: 'placing', credential: 'pending', cancelRequested: true })],
    ['one that is cancelled', at({ order: 'cancelled' })],
  ])('of %s changes nothing', (_, shipment) => {
    expect(operatorActions.cancel(shipment)).toEqual({ outcome: 'already' });
  });

  test.each<[string, Shipment]>([
    ['closed', active({ plan: { order: 'closed', pin: 'sent', parcel: 'delivered' } })],
    ['failed', sampleShipment({ plan: { order: 'failed' } })],
    ['a dry run', sampleShipment({ plan: { dryRun: true } })],
  ])('is refused for a shipment that is %s', (_, shipment) => {
    expect(ask('cancel', shipment)).toBe('shipment_ended');
  });

  test('of one that is held lifts the hold, and deletes Okta’s envelopes', () => {
    const held = sampleShipment({ ...stages.enrolled, hold: sampleHold('order_refused') });
    const after = ask('cancel', held);
    expect(after).toMatchObject({ plan: { order: 'cancelled', held: false }, hold: null });
    expect(typeof after === 'string' ? null : after.secrets.requestEnvelopes).toBeUndefined();
  });
});

describe('resend-pin', () => {
  const okta = { pinPolicy: { ...sampleTenant.pin, channel: 'okta' } } as const;
  const sent = { pin: 'sent', parcel: 'delivered' } as const;

  test.each(['placed', 'closed'] as const)('has Okta mail the PIN once more, when it is %s', (order) => {
    const after = ask('resend-pin', active({ ...okta, plan: { ...sent, order, release: 'on_receipt' } }));
    expect(after).toMatchObject({ plan: { pin: 'sealed', releaseOverridden: true } });
    expect(typeof after === 'string' ? [] : nextSteps(after.plan)).toContain('release-pin');
  });

  test('does not rely on an earlier confirmation', () => {
    const liftedHold = sampleHold('pin_address_changed');
    expect(ask('resend-pin', active({ ...okta, liftedHold, plan: sent }))).toMatchObject({ liftedHold: null });
  });

  test.each<[string, SampleShipment, string]>([
    ['we mailed ourselves, and have forgotten', { plan: sent }, 'pin_forgotten'],
    ['was never sent', { ...okta, plan: { pin: 'sealed' } }, 'pin_not_sent'],
    ['is on its way again', { ...okta, plan: { pin: 'sending' } }, 'pin_not_sent'],
    ['belongs to no active credential', { ...okta, plan: { ...sent, credential: 'revoked' } }, 'credential_not_active'],
    ['is held', { ...okta, plan: sent, hold: sampleHold('parcel_lost') }, 'shipment_held'],
    ['belongs to nothing', { ...okta, plan: { ...sent, order: 'cancelled' } }, 'shipment_ended'],
  ])('is refused for a PIN that %s', (_, fields, code) => {
    expect(ask('resend-pin', active(fields))).toBe(code);
  });
});

test.each<[string, Shipment, readonly OperatorAction[]]>([
  ['a new request', sampleShipment(), ['retry', 'cancel']],
  ['an order that can be taken back', sampleShipment(stages.placed), ['retry', 'cancel']],
  ['one that is being taken back', sampleShipment({ ...stages.placed, plan: cancelling }), ['retry']],
  ['a dry run', sampleShipment({ plan: { dryRun: true, order: 'ready' } }), []],
  [
    'a PIN that Okta can mail again',
    active({ plan: { order: 'closed', pin: 'sent' }, pinPolicy: { ...sampleTenant.pin, channel: 'okta' } }),
    ['resend-pin'],
  ],
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
