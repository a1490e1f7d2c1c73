import { describe, expect, test } from '@jest/globals';

import { allActions } from './operator-actions.ts';
import { secondHandNeeded } from './two-hands.ts';

const grace = { user: 'grace@acme.example', oktaUserId: '00u1' };
const shipment = (changes: { id?: string | null; login?: string; requestedBy?: string } = {}) => ({
  user: { id: changes.id === undefined ? '00u9' : changes.id },
  secrets: { login: changes.login ?? 'noor@acme.example' },
  requestedBy: changes.requestedBy ?? null,
});

describe.each(['release-pin', 'resend-pin'] as const)('%s', (action) => {
  test.each([
    ["another person's key, requested by another", shipment(), null],
    ["the operator's own key, by the user id", shipment({ id: '00u1' }), 'own_pin'],
    [
      "the operator's own key, by the login in any case",
      shipment({ id: null, login: 'Grace@ACME.example' }),
      'own_pin',
    ],
    ['a key that the operator requested', shipment({ requestedBy: 'grace@acme.example' }), 'own_request'],
    ['a key of an unknown person, requested by an API key', shipment({ id: null, requestedBy: 'key_1' }), null],
  ])('of %s needs as a second hand: %j', (_what, one, needed) => {
    expect(secondHandNeeded(one, action, grace)).toBe(needed);
  });

  test('by a local account is no match of persons without an id', () => {
    expect(secondHandNeeded(shipment({ id: null }), action, { user: 'operator', oktaUserId: null })).toBeNull();
  });
});

test('every other action needs one hand', () => {
  const others = allActions.filter((action) => action !== 'release-pin' && action !== 'resend-pin');
  expect(others.length).toBeGreaterThan(2);
  for (const action of others) expect(secondHandNeeded(shipment({ id: '00u1' }), action, grace)).toBeNull();
});
