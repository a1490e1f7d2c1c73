import { describe, expect, test } from '@jest/globals';

import { holdCodes, isLiftedBy, isRemembered, type Lifter } from './holds.ts';

const liftedBy = (lifter: Lifter) => holdCodes.filter((code) => isLiftedBy(code, lifter)).toSorted();
const rememberedFrom = (lifter: Lifter) => holdCodes.filter((code) => isRemembered(code, lifter));

test('an operator lifts every hold', () => {
  expect(holdCodes).toHaveLength(31);
  expect(liftedBy('operator')).toEqual([...holdCodes].toSorted());
});

describe('besides the operator', () => {
  test.each([
    [
      'profile_changed',
      ['hub_person_missing', 'order_refused', 'pin_address_changed', 'profile_problems', 'user_not_active'],
    ],
    [
      'provider',
      [
        'address_suggested',
        'address_undeliverable',
        'denied_party',
        'order_incomplete',
        'order_missing',
        'parcel_lost',
        'provider_error',
        'provider_forbidden',
        'transit_too_long',
      ],
    ],
    [
      'address_correction',
      ['address_changed', 'address_suggested', 'address_undeliverable', 'edit_refused', 'order_incomplete'],
    ],
    ['receipt', ['order_missing', 'parcel_lost', 'parcel_returned', 'transit_too_long']],
    ['pin_release', ['pin_address_changed']],
    ['hub_push', ['hub_person_missing']],
  ] as const)('%s lifts %j', (lifter, codes) => {
    expect(liftedBy(lifter)).toEqual(codes);
  });
});

const remembered: readonly string[] = ['order_duplicated', 'order_refused', 'pin_address_changed', 'pin_copy_refused'];

describe('a lifted hold is remembered', () => {
  test.each([
    ['operator', ['order_duplicated', 'pin_copy_refused']],
    ['profile_changed', ['order_refused']],
    ['pin_release', ['pin_address_changed']],
    ['provider', []],
    ['address_correction', []],
    ['receipt', []],
  ] as const)('from %s: %j', (lifter, codes) => {
    expect(rememberedFrom(lifter)).toEqual(codes);
  });

  test.each(holdCodes.filter((code) => !remembered.includes(code)))('but never %s', (code) => {
    const lifters: Lifter[] = [
      'operator',
      'profile_changed',
      'provider',
      'address_correction',
      'receipt',
      'pin_release',
    ];
    expect(lifters.filter((lifter) => isRemembered(code, lifter))).toEqual([]);
  });
});
