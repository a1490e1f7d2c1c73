import { describe, expect, test } from '@jest/globals';

import { sampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { allActions } from './operator-actions.ts';
import { concernsPin, decideAs, secondHandNeeded, type Hand } from './two-hands.ts';

const grace: Hand = { kind: 'person', login: 'grace@acme.example', oktaUserId: '00u1' };
const shipment = (changes: { id?: string | null; login?: string; requestedBy?: string } = {}) => ({
  user: { id: changes.id === undefined ? '00u9' : changes.id },
  secrets: { login: changes.login ?? 'noor@acme.example' },
  requestedBy: changes.requestedBy ?? null,
  plan: { pin: 'sealed', release: 'on_receipt' } as const,
});

describe.each(['release-pin', 'resend-pin', 'confirm-receipt'] as const)('%s', (action) => {
  test.each([
    ["another person's key", shipment(), null],
    ["the operator's own key, by the user id", shipment({ id: '00u1' }), 'own_pin'],
    [
      "the operator's own key, by the login in any case",
      shipment({ id: null, login: 'Grace@ACME.example' }),
      'own_pin',
    ],
    ['a key of an unknown person, requested by an API key', shipment({ id: null, requestedBy: 'key_1' }), null],
  ])('of %s needs as a second hand: %j', (_what, one, needed) => {
    expect(secondHandNeeded(one, action, grace)).toBe(needed);
  });

  test('by an account of the operators’ file is judged by its login, and is no match of persons without an id', () => {
    const account: Hand = { kind: 'person', login: 'grace@acme.example', oktaUserId: null };
    expect(secondHandNeeded(shipment({ login: 'grace@acme.example' }), action, account)).toBe('own_pin');
    expect(secondHandNeeded(shipment({ id: null }), action, account)).toBeNull();
  });

  test('by the operator who requested the shipment needs another one', () => {
    const requested = shipment({ requestedBy: 'operator:a1' });
    expect(secondHandNeeded(requested, action, { ...grace, requester: 'operator:a1' })).toBe('own_request');
    expect(secondHandNeeded(requested, action, { ...grace, requester: 'operator:b2' })).toBeNull();
    expect(secondHandNeeded(shipment(), action, { ...grace, requester: 'operator:a1' })).toBeNull();
  });

  test('by an account of an unknown person needs another one', () => {
    expect(secondHandNeeded(shipment(), action, { kind: 'unknown_person' })).toBe('unknown_person');
  });

  test('by the API key that requested the shipment needs another key', () => {
    const requested = shipment({ requestedBy: 'key_1' });
    expect(secondHandNeeded(requested, action, { kind: 'api_key', id: 'key_1' })).toBe('own_request');
    expect(secondHandNeeded(requested, action, { kind: 'api_key', id: 'key_2' })).toBeNull();
    expect(secondHandNeeded(shipment(), action, { kind: 'api_key', id: 'key_1' })).toBeNull();
  });
});

test.each([
  ['sealed', 'on_receipt', true],
  ['sealed', 'on_delivery', true],
  ['none', 'on_receipt', true],
  ['sealed', 'on_activation', false],
  ['sent', 'on_receipt', false],
] as const)('confirming receipt while the PIN is %s and its policy is %s concerns it: %j', (pin, release, concerns) => {
  expect(concernsPin({ plan: { pin, release } }, 'confirm-receipt')).toBe(concerns);
});

test('every other action needs one hand', () => {
  for (const action of ['retry', 'cancel'] as const) {
    expect(secondHandNeeded(shipment({ id: '00u1' }), action, grace)).toBeNull();
    expect(secondHandNeeded(shipment(), action, { kind: 'unknown_person' })).toBeNull();
  }
  expect(allActions).toHaveLength(5);
});

test('a decision names why another hand has to act', () => {
  const own = sampleShipment({ user: { id: '00u1' }, plan: { ...stages.active.plan, release: 'on_receipt' } });
  expect(decideAs(grace, 'release-pin')(own)).toEqual({
    outcome: 'refused',
    code: 'second_hand_needed',
    because: 'own_pin',
  });
  expect(decideAs(grace, 'release-pin')({ ...own, user: { id: '00u9' } }).outcome).toBe('granted');
});
