import { describe, expect, test } from '@jest/globals';

import { offboard } from '../requests/offboard.ts';
import { actionsOf, needsOperator, operatorActions } from '../requests/operator-actions.ts';
import { sampleHold, sampleShipment, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { applyChange } from './change.ts';
import { nextSteps } from './plan.ts';
import type { Shipment } from './shipment.ts';
import { suspend, unsuspend } from './suspend.ts';

const later = new Date(startOfTime.getTime() + 60_000);
const deactivation = { since: startOfTime, by: 'abc' };

const apply = (shipment: Shipment, decision: ReturnType<typeof suspend>): Shipment =>
  decision === null ? shipment : applyChange(shipment, decision.change, later);
const suspended = (fields: SampleShipment = {}): Shipment => {
  const shipment = sampleShipment(fields);
  return apply(shipment, suspend(shipment, deactivation));
};

const stages: readonly [string, NonNullable<SampleShipment['plan']>][] = [
  ['requested', {}],
  ['ready', { order: 'ready', profileChecked: true, inSlot: true }],
  ['enrolling', { order: 'enrolling', profileChecked: true, inSlot: true }],
  ['enrolled', { order: 'enrolled', profileChecked: true, inSlot: true, credential: 'pending' }],
  ['placing', { order: 'placing', profileChecked: true, inSlot: true, credential: 'pending' }],
  ['placed', { order: 'placed', profileChecked: true, parcel: 'preparing', credential: 'pending' }],
  ['programmed', { order: 'placed', parcel: 'preparing', credential: 'pending', programmed: true, pin: 'sealed' }],
  ['active', { order: 'placed', parcel: 'in_transit', credential: 'active', programmed: true, pin: 'sealed' }],
  ['released', { order: 'placed', parcel: 'in_transit', credential: 'active', programmed: true, pin: 'released' }],
  ['sending', { order: 'placed', parcel: 'in_transit', credential: 'active', programmed: true, pin: 'sending' }],
];

describe.each(stages)('a shipment that is %s', (_, plan) => {
  test('stops but for polling, and goes on from the same state', () => {
    const held = suspended({ plan });
    expect(held.hold).toEqual({ code: 'suspended', problems: [], since: later });
    expect(nextSteps(held.plan).filter((step) => step !== 'track-parcel')).toEqual([]);
    const after = apply(held, unsuspend(held, 'abc'));
    expect(after.plan).toEqual({ ...sampleShipment({ plan }).plan, inSlot: false });
    expect(after.suspension).toBeNull();
  });

  test('is cancelled or revoked by the second look, and no suspension stands in its way', () => {
    const held = suspended({ plan });
    const directory = { by: 'abc', deactivatedAt: startOfTime };
    const after = apply(held, offboard(held, { groupId: null, cancels: true, revokes: true, directory }));
    expect(after.plan.held).toBe(false);
    expect(after.plan.cancelRequested || after.plan.revokeRequested).toBe(true);
  });

  test('is not stopped, cancelled or revoked again for a deactivation that an operator let go', () => {
    const held = suspended({ plan });
    const retried = operatorActions.retry(held);
    const decision = retried.outcome === 'granted' ? retried.decision : null;
    const after = apply(held, decision);
    expect(after).toMatchObject({ hold: null, suspension: { since: startOfTime, isLifted: true } });
    expect(suspend(after, deactivation)).toBeNull();
    const directory = { by: 'abc', deactivatedAt: startOfTime };
    expect(offboard(after, { groupId: null, cancels: true, revokes: true, directory })).toBeNull();
    expect(suspend(after, { ...deactivation, since: later })).not.toBeNull();
  });
});

test('only an operator lets a suspended shipment go on', () => {
  const held = suspended();
  expect(actionsOf(held)).toContain('retry');
  expect(needsOperator(held, 'retry')).toBe(true);
  expect(needsOperator(sampleShipment({ hold: sampleHold('profile_problems') }), 'retry')).toBe(false);
});

test('another hold stays, and is followed by the suspension', () => {
  const held = suspended({ hold: sampleHold('profile_problems') });
  expect(held.hold?.code).toBe('profile_problems');
  const lifted = applyChange(held, { hold: null }, later);
  expect(lifted.hold).toEqual({ code: 'suspended', problems: [], since: later });
});

test.each([{ order: 'cancelled' }, { order: 'closed', credential: 'active' }, { dryRun: true }] as const)(
  'a shipment that is %j is not suspended',
  (plan) => {
    expect(suspend(sampleShipment({ plan }), deactivation)).toBeNull();
  },
);

test('a shipment of which the provider keeps the order is suspended again while it is not revoked', () => {
  const held = suspended({ plan: { order: 'placed', parcel: 'preparing', credential: 'pending' } });
  const cancelling = applyChange(held, { cancelRequested: true, hold: null }, later);
  expect(cancelling.plan).toMatchObject({ order: 'cancelling', held: false });
  const kept = applyChange(cancelling, { order: 'placed', cancelRequested: false }, later);
  expect(kept.hold?.code).toBe('suspended');
});
