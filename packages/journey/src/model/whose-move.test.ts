import { describe, expect, test } from '@jest/globals';

import { keyOf, reachableStates } from '../testing/journey-moves.ts';
import { sampleHold, sampleShipment, startOfTime, checkedProfile, type SampleShipment } from '../testing/samples.ts';
import { isEnded, isWaitingForSlot, nextSteps, type PlanState } from './plan.ts';
import { afterBusinessDays, moveCodes, movers, whoseMove, type NextMove } from './whose-move.ts';

const moveOf = (plan: PlanState): NextMove => whoseMove(sampleShipment({ plan }));
const of = (shipment: SampleShipment): NextMove => whoseMove(sampleShipment(shipment));

describe('every reachable state', () => {
  const reached = [...reachableStates().values()].map(({ plan }) => plan);
  const broken = (isRight: (plan: PlanState, move: NextMove) => boolean): string[] =>
    reached.filter((plan) => !isRight(plan, moveOf(plan))).map(keyOf);

  test('is the move of exactly one, and almost every code is found', () => {
    expect(reached.length).toBeGreaterThan(2_000);
    expect(broken((_, { who, what }) => movers.includes(who) && moveCodes.includes(what))).toEqual([]);
    const notByState = ['okta_unavailable', 'provider_unavailable', 'service_unavailable', 'renew_credentials'];
    const byMoreThanState = ['ship_parcel', 'retry_request'];
    const found = new Set(reached.map((plan) => moveOf(plan).what));
    expect(moveCodes.filter((code) => !found.has(code)).toSorted()).toEqual(
      [...notByState, ...byMoreThanState].toSorted(),
    );
  });

  test.each<[string, (plan: PlanState, move: NextMove) => boolean]>([
    [
      'is ours exactly where a step is next or a slot is awaited, and nothing is held',
      (plan, { who }) => {
        const isActing = nextSteps(plan).some((step) => step !== 'track-parcel') || isWaitingForSlot(plan);
        return (who === 'us') === (isActing && !plan.held);
      },
    ],
    [
      "is no one's only where no step is left",
      (plan, { who }) => who !== 'none' || ((isEnded(plan.order) || plan.dryRun) && nextSteps(plan).length === 0),
    ],
    ["is an operator's where it is held", (plan, { who }) => !plan.held || plan.dryRun || who === 'operator'],
    [
      "is the provider's or the carrier's only while the order is polled",
      (plan, { who }) => (who !== 'provider' && who !== 'carrier') || nextSteps(plan).includes('track-parcel'),
    ],
    [
      "is the person's only where the PIN waits for the receipt",
      (plan, { who }) =>
        who !== 'person' || (plan.pin === 'sealed' && plan.release === 'on_receipt' && plan.credential === 'active'),
    ],
  ])('%s', (_, isRight) => {
    expect(broken(isRight)).toEqual([]);
  });
});

const placed = { order: 'placed', parcel: 'preparing', credential: 'pending', profileChecked: true } as const;
const friday = new Date('2026-03-06T15:00:00.000Z');

test('an order is normal at the provider for business days, which skip the weekend', () => {
  const order = { providerId: 'o1', placedAt: friday, providerState: 3, isLocked: false };
  expect(of({ plan: placed, order })).toEqual({
    who: 'provider',
    what: 'process_order',
    since: friday,
    normalUntil: new Date('2026-03-10T15:00:00.000Z'),
  });
  expect(of({ plan: placed, order: { ...order, isLocked: true } })).toMatchObject({
    what: 'ship_parcel',
    normalUntil: new Date('2026-03-12T15:00:00.000Z'),
  });
});

test.each([
  ['US', 5],
  ['de', 6],
  ['CA', 7],
  ['BR', 10],
])('a parcel to %s is normal in transit for %d business days', (countryCode, days) => {
  const parcel = { carrier: 'FEDEX', trackingNumber: null, trackingUrl: null, inTransitSince: friday };
  const secrets = { profile: { ...checkedProfile(), countryCode } };
  expect(of({ plan: { ...placed, parcel: 'in_transit' }, parcel, secrets })).toEqual({
    who: 'carrier',
    what: 'deliver_parcel',
    since: friday,
    normalUntil: afterBusinessDays(friday, days),
  });
});

test('a held shipment is the move of an operator since it was held', () => {
  const hold = sampleHold('parcel_lost', { since: friday });
  expect(of({ plan: { ...placed, parcel: 'lost' }, hold })).toMatchObject({
    who: 'operator',
    what: 'decide_hold',
    since: friday,
  });
});

test('a step that waits for a service is the move of who runs the service', () => {
  const shipment = sampleShipment();
  const whoIf = (obstruction: Parameters<typeof whoseMove>[1]) => whoseMove(shipment, obstruction).who;
  expect(whoIf({ waitsFor: 'okta' })).toBe('okta');
  expect(whoIf({ waitsFor: 'fulfillment' })).toBe('provider');
  expect(whoIf({ waitsFor: 'mail' })).toBe('operator');
  expect(whoIf({ waitsFor: 'okta', isPaused: true })).toBe('operator');
  expect(whoIf({})).toBe('us');
});

test("a request for a user whom Okta did not have is an operator's to retry", () => {
  const failure = { code: 'user_not_found', problems: [] };
  expect(of({ plan: { order: 'failed' }, failure })).toMatchObject({ who: 'operator', what: 'retry_request' });
  expect(of({ plan: { order: 'failed' }, updatedAt: startOfTime })).toMatchObject({ who: 'none', normalUntil: null });
});
