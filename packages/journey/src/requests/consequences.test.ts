import { describe, expect, test } from '@jest/globals';

import type { ShipmentRequest } from '../ports/ledger.ts';
import { product, sampleHold, sampleShipment } from '../testing/samples.ts';
import { concerned, type Consequence } from './consequence.ts';
import { consequenceOf, isToCheck } from './consequences.ts';

const leaver = { verdict: 'leaver', userId: '00u1', groupId: null, cancels: true, revokes: true } as const;
const profileChange = { verdict: 'recheck', userId: '00u1', login: 'ada@example.com' } as const;

function move(consequence: Consequence): Extract<Consequence, { kind: 'move' }> {
  if (consequence.kind !== 'move') throw new RangeError(`the consequence is to ${consequence.kind}`);
  return consequence;
}

describe('what follows from a verdict', () => {
  test('to ignore the event: its reason and nothing else', () => {
    expect(consequenceOf({ verdict: 'ignored', reason: 'flow off' })).toEqual({ kind: 'ignore', reason: 'flow off' });
  });

  test('of a request is its shipment', () => {
    const request: ShipmentRequest = {
      tenant: 'acme',
      trigger: 'group-add',
      purpose: 'primary',
      userId: '00u1',
      login: null,
      product,
      groupId: '00g1',
    };
    expect(consequenceOf({ verdict: 'key_request', request })).toEqual({ kind: 'create', request });
  });

  test('of a profile change moves held shipments, once no check of the user is next', () => {
    const { decide, ...rest } = move(consequenceOf(profileChange));
    expect(rest).toMatchObject({
      concerned: 'held_or_open',
      outcome: 'rechecked',
      afterChecksOf: { login: 'ada@example.com' },
    });
    expect(decide(sampleShipment({ hold: sampleHold('profile_problems') }))).toMatchObject({ change: { hold: null } });
    expect(decide(sampleShipment({ hold: sampleHold('parcel_lost') }))).toBeNull();
  });

  test.each([
    { cancels: true, revokes: true },
    { cancels: true, revokes: false },
    { cancels: false, revokes: true },
  ])('of a person who left the directory is what the flows say: %j', (flows) => {
    const subject = { personId: 'usr_1', userId: '00u1', login: 'ada@example.com', by: 'okta' };
    const verdict = { verdict: 'directory_leaver', subject, groupId: null, deactivatedAt: null, ...flows } as const;
    const { cancelRequested = false, revokeRequested = false } =
      move(consequenceOf(verdict)).decide(sampleShipment())?.change ?? {};
    expect({ cancels: cancelRequested, revokes: revokeRequested }).toEqual(flows);
  });

  test('of a leaver cancels open shipments and revokes active credentials, also during a check', () => {
    const { decide, ...rest } = move(consequenceOf(leaver));
    expect(rest).toMatchObject({ concerned: 'open_or_active', outcome: 'offboarded', afterChecksOf: null });
    expect(decide(sampleShipment())).toMatchObject({ change: { cancelRequested: true, revokeRequested: true } });
    const active = sampleShipment({ plan: { order: 'closed', credential: 'active' } });
    expect(decide(active)).toMatchObject({ change: { revokeRequested: true } });
    expect(decide(sampleShipment({ plan: { order: 'cancelled' } }))).toBeNull();
  });
});

test('a dry run is neither cancelled nor waited for', () => {
  const { plan } = sampleShipment({ plan: { dryRun: true } });
  expect([concerned.open_or_active(plan), isToCheck(plan)]).toEqual([false, false]);
  expect([concerned.open_or_active({ ...plan, dryRun: false }), isToCheck({ ...plan, dryRun: false })]).toEqual([
    true,
    true,
  ]);
});
