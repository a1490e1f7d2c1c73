import { describe, expect, test } from '@jest/globals';

import { applyChange } from '../model/change.ts';
import { nextSteps } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import { sampleHold, sampleShipment, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { offboard } from './offboard.ts';

const leftGroup = { userId: '00u1', groupId: '00g1', cancels: true, revokes: false };
const deactivated = { userId: '00u1', groupId: null, cancels: true, revokes: true };
const revokedOnly = { ...deactivated, cancels: false };

const locked = { ...stages.placed, order: { ...stages.placed.order, providerState: 100, isLocked: true } };
const closed: SampleShipment = {
  ...stages.active,
  plan: { ...stages.active.plan, order: 'closed', parcel: 'delivered', pin: 'sent' },
};

function offboarded(shipment: Shipment, leaver: Parameters<typeof offboard>[1]): Shipment | null {
  const decision = offboard(shipment, leaver);
  return decision === null ? null : applyChange(shipment, decision.change, startOfTime);
}

describe('a user who left the group', () => {
  test.each<[string, SampleShipment, string]>([
    ['requested', {}, 'cancelled'],
    ['held', { hold: sampleHold('profile_problems') }, 'cancelled'],
    ['enrolled', stages.enrolled, 'cancelled'],
    ['placed', stages.placed, 'cancelling'],
    ['placed and held', { ...stages.placed, hold: sampleHold('address_suggested') }, 'cancelling'],
  ])('has a shipment cancelled that is %s', (_, fields, order) => {
    expect(offboarded(sampleShipment({ ...fields, groupId: '00g1' }), leftGroup)).toMatchObject({
      plan: { order, held: false, revokeRequested: false },
      hold: null,
    });
  });

  test.each<[string, SampleShipment]>([
    ['locked', locked],
    ['programmed', stages.programmed],
    ['active', stages.active],
    ['closed', closed],
    ['being cancelled', { plan: { ...stages.placed.plan, order: 'cancelling', cancelRequested: true } }],
    ['cancelled', { plan: { order: 'cancelled' } }],
  ])('keeps one that is %s', (_, fields) => {
    expect(offboard(sampleShipment({ ...fields, groupId: '00g1' }), leftGroup)).toBeNull();
  });

  test('keeps one that another group, or no group, caused', () => {
    expect(offboard(sampleShipment({ groupId: '00g2' }), leftGroup)).toBeNull();
    expect(offboard(sampleShipment(), leftGroup)).toBeNull();
  });

  test('is in the history with the reason, and nothing else', () => {
    expect(offboard(sampleShipment({ groupId: '00g1' }), leftGroup)?.note).toEqual({
      event: 'cancel.requested',
      detail: { because: 'left_group' },
    });
  });
});

describe('a user who was deactivated', () => {
  test.each<[string, SampleShipment]>([
    ['requested', {}],
    ['of a group', { groupId: '00g1' }],
    ['enrolled', stages.enrolled],
  ])('has a shipment cancelled that is %s', (_, fields) => {
    expect(offboarded(sampleShipment(fields), deactivated)).toMatchObject({ plan: { order: 'cancelled' } });
  });

  test('has an order cancelled, and its credential revoked, should the provider refuse', () => {
    const requested = offboarded(sampleShipment(stages.placed), deactivated);
    expect(requested?.plan).toMatchObject({ order: 'cancelling', revokeRequested: true });
    const refused = requested && applyChange(requested, { order: 'placed', cancelRequested: false }, startOfTime);
    expect(refused && nextSteps(refused.plan)).toEqual(['track-parcel', 'revoke-credential']);
  });

  test.each<[string, SampleShipment]>([
    ['locked', locked],
    ['programmed', stages.programmed],
    ['active', stages.active],
    ['active and held', { ...stages.active, hold: sampleHold('user_not_active') }],
    ['closed', closed],
  ])('has the credential of a key revoked that is %s', (_, fields) => {
    for (const leaver of [deactivated, revokedOnly]) {
      const after = offboarded(sampleShipment(fields), leaver);
      expect(after).toMatchObject({ hold: null, plan: { revokeRequested: true, held: false } });
      expect(after && nextSteps(after.plan)).toContain('revoke-credential');
    }
  });

  test('has the credential of an order revoked that is being cancelled already', () => {
    const shipment = sampleShipment({
      ...stages.placed,
      plan: { ...stages.placed.plan, order: 'cancelling', cancelRequested: true },
    });
    expect(offboarded(shipment, deactivated)?.plan).toMatchObject({ order: 'cancelling', revokeRequested: true });
  });

  test('gets no key before the order, also where leavers are not cancelled', () => {
    expect(offboarded(sampleShipment(), revokedOnly)?.plan.order).toBe('cancelled');
    const after = offboarded(sampleShipment(stages.enrolled), revokedOnly);
    expect(after && nextSteps(after.plan)).toEqual(['delete-enrollment']);
  });

  test('has nothing revoked twice, nor after an end without a key, nor in a dry run', () => {
    for (const fields of [
      { ...closed, plan: { ...closed.plan, revokeRequested: true } },
      { ...closed, plan: { ...closed.plan, revokeRequested: true, credential: 'revoked' as const } },
      { plan: { order: 'cancelled' as const } },
      { plan: { order: 'failed' as const } },
      { plan: { dryRun: true } },
    ])
      expect(offboard(sampleShipment(fields), deactivated)).toBeNull();
  });

  test('keeps everything where the flows are off', () => {
    expect(offboard(sampleShipment(stages.active), { ...deactivated, cancels: false, revokes: false })).toBeNull();
  });

  test('is in the history with the reason', () => {
    expect(offboard(sampleShipment(stages.active), deactivated)?.note).toEqual({
      event: 'credential.revoke_requested',
      detail: { because: 'deactivated' },
    });
  });
});
