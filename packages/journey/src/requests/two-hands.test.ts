import { describe, expect, test } from '@jest/globals';

import { sampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { allActions } from './operator-actions.ts';
import { concernsPin, decideAs, secondHandNeeded, type Hand } from './two-hands.ts';

const grace = {
  kind: 'person',
  logins: ['grace@acme.example'],
  oktaUserId: '00u1',
  requesters: { own: ['operator:a1', 'key_1'], unknown: ['key_3'] },
} as const satisfies Hand;
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
    ['a key of an unknown person, requested by an API key', shipment({ id: null, requestedBy: 'key_2' }), null],
  ])('of %s needs as a second hand: %j', (_what, one, needed) => {
    expect(secondHandNeeded(one, action, grace)).toBe(needed);
  });

  test('by an account of the operators’ file is judged by its login, and is no match of persons without an id', () => {
    const account: Hand = { ...grace, oktaUserId: null };
    expect(secondHandNeeded(shipment({ login: 'grace@acme.example' }), action, account)).toBe('own_pin');
    expect(secondHandNeeded(shipment({ id: null }), action, account)).toBeNull();
  });

  test.each([
    ['operator:a1', 'own_request'],
    ['key_1', 'own_request'],
    ['operator:b2', null],
    ['key_2', null],
    ['key_3', 'unknown_requester'],
  ])('requested by %s needs as a second hand: %j', (requestedBy, needed) => {
    expect(secondHandNeeded(shipment({ requestedBy }), action, grace)).toBe(needed);
  });

  test('by an account or an API key of an unknown person needs another one', () => {
    for (const kind of ['unknown_person', 'unknown_owner'] as const)
      expect(secondHandNeeded(shipment(), action, { kind })).toBe(kind);
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
