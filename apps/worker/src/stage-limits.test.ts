import { describe, expect, test } from '@jest/globals';
import type { StepName } from '@keycourier/journey/model/plan';
import { createHarness } from '@keycourier/journey/testing/harness';

import { createStageLimits, followWithin } from './stage-limits.ts';

const [fulfillment, activation, shipments] = ['fulfillment', 'activation', 'shipments'] as const;
const atMost = {
  intake: 1,
  shipments: 1,
  fulfillment: 2,
  activation: 1,
  'pin-delivery': 1,
  registration: 1,
  hub: 1,
  continued: 1,
};
const shipment = createHarness().shipment();

function follower(limits = createStageLimits(atMost), stage: 'intake' | 'shipments' | 'fulfillment' = shipments) {
  const state = { isClosing: false, isPaceFree: true };
  const isClosing = (): boolean => state.isClosing;
  const mayFollow = (): boolean => state.isPaceFree;
  const follow = <Result>(_: object, work: () => Promise<Result>): Promise<Result> => work();
  const name = { intake: 'accept-event', shipments: 'check-profile', fulfillment: 'enroll-credential' }[stage];
  const following = followWithin(
    { limits, isClosing, mayFollow, follow },
    { name, queue: stage },
    async () => undefined,
  );
  return { limits, state, following, admit: (step: StepName) => following.admit(step, shipment) };
}

describe('a job', () => {
  test('waits while its stage runs as many as it may, and goes on when one has ended', async () => {
    const limits = createStageLimits(atMost);
    await limits.enter(activation);
    const order: string[] = [];
    const waiting = limits.enter(activation).then(() => order.push('entered'));
    await Promise.resolve();
    order.push('left');
    limits.leave(activation);
    await waiting;
    expect(order).toEqual(['left', 'entered']);
  });
});

describe('a step that follows', () => {
  test('takes a permit of its stage and gives back that of the step before', () => {
    const { limits, following, admit } = follower();
    expect(limits.tryFollow(fulfillment, shipments)).toBe(true);
    expect(admit('enroll-credential')).toBe(true);
    following.onClaim(true);
    expect(limits.tryFollow(fulfillment, shipments)).toBe(true);
    expect([limits.tryFollow(shipments, fulfillment), limits.tryFollow(shipments, fulfillment)]).toEqual([true, false]);
    following.end();
    expect(limits.tryFollow(shipments, fulfillment)).toBe(true);
  });

  test('gives its place back when it was not claimed', () => {
    const { limits, following, admit } = follower();
    expect(admit('activate-credential')).toBe(true);
    expect(limits.tryFollow(shipments, activation)).toBe(false);
    following.onClaim(false);
    expect(limits.tryFollow(shipments, activation)).toBe(true);
  });

  test('waits for a job of its own where its stage is full', async () => {
    const { limits, admit } = follower();
    await limits.enter(activation);
    expect(admit('activate-credential')).toBe(false);
  });

  test('waits for a job of its own where a call of its tenant has to wait', () => {
    const { limits, state, admit } = follower();
    state.isPaceFree = false;
    expect(admit('activate-credential')).toBe(false);
    expect(limits.tryFollow(shipments, activation)).toBe(true);
  });

  test('gives way to a job of the same stage that waits', async () => {
    const limits = createStageLimits(atMost);
    await limits.enter(fulfillment);
    await limits.enter(fulfillment);
    const { admit } = follower(limits, fulfillment);
    void limits.enter(fulfillment);
    expect(admit('place-order')).toBe(false);
  });

  test('goes on in the job of an event, which gives back its place, as often as there are places to go on', async () => {
    const limits = createStageLimits({ ...atMost, intake: 2, shipments: 2 });
    const [one, other] = [follower(limits, 'intake'), follower(limits, 'intake')];
    await limits.enter('intake');
    await limits.enter('intake');
    expect([one.admit('check-profile'), other.admit('check-profile')]).toEqual([true, false]);
    one.following.onClaim(true);
    expect([limits.tryFollow(shipments, 'intake'), limits.tryFollow(shipments, 'intake')]).toEqual([true, false]);
    expect(other.admit('check-profile')).toBe(false);
    expect(one.admit('enroll-credential')).toBe(true);
    one.following.onClaim(true);
    one.following.end();
    expect(other.admit('check-profile')).toBe(true);
  });

  test('of an event whose first step is not claimed gives back all its places', async () => {
    const { limits, following, admit } = follower(createStageLimits(atMost), 'intake');
    await limits.enter('intake');
    expect(admit('check-profile')).toBe(true);
    following.onClaim(false);
    expect(limits.tryFollow('intake', 'continued')).toBe(true);
    expect(limits.tryFollow('intake', shipments)).toBe(true);
    following.end();
    expect([limits.tryFollow(shipments, 'intake'), limits.tryFollow('intake', 'continued')]).toEqual([true, false]);
  });

  test('follows no more when the process stops, nor after a bounded number of steps', () => {
    const stopping = follower();
    stopping.state.isClosing = true;
    expect(stopping.admit('enroll-credential')).toBe(false);
    const { following, admit } = follower(createStageLimits(atMost), fulfillment);
    let steps = 0;
    for (; steps < 100 && admit('place-order'); steps += 1) following.onClaim(true);
    expect(steps).toBeGreaterThan(1);
    expect(steps).toBeLessThan(10);
  });
});
