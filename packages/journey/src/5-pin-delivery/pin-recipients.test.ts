import { describe, expect, test } from '@jest/globals';

import type { CheckedProfile } from '../model/profile.ts';
import { checkedProfile, sampleTenant } from '../testing/samples.ts';
import { mask, recipientsOf } from './pin-recipients.ts';

const profile: CheckedProfile = { ...checkedProfile(), email: 'z@work.example', secondEmail: 'z@home.example' };
const to = (recipient: 'auto' | 'both', fields: Partial<CheckedProfile> = {}): readonly string[] =>
  recipientsOf({ ...profile, ...fields }, { ...sampleTenant.pin, recipient });

describe('a PIN goes', () => {
  test.each([
    ['auto, existing user', to('auto'), ['z@work.example']],
    ['auto, new user', to('auto', { isNewUser: true }), ['z@home.example']],
    ['both, existing user', to('both'), ['z@home.example', 'z@work.example']],
    ['both, new user', to('both', { isNewUser: true }), ['z@home.example', 'z@work.example']],
    ['both, one address', to('both', { secondEmail: null }), ['z@work.example']],
    ['both, twice the same address', to('both', { secondEmail: 'z@work.example' }), ['z@work.example']],
    ['auto, new user without a secondary address', to('auto', { isNewUser: true, secondEmail: null }), []],
    ['auto, existing user without an address', to('auto', { email: '' }), []],
    ['both, no address at all', to('both', { email: '', secondEmail: '' }), []],
  ])('%s', (_, recipients, expected) => {
    expect(recipients).toEqual(expected);
  });
});

test.each([
  ['zuzana@work.example', 'z…@work.example'],
  ['"a@b"@work.example', '"…@work.example'],
  ['z@x', 'z…@x'],
  ['@work.example', '…'],
  ['zuzana', '…'],
  ['', '…'],
])('%s is shown as %s', (address, masked) => {
  expect(mask(address)).toBe(masked);
});
