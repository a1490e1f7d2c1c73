import { describe, expect, test } from '@jest/globals';

import { applyChange } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import { after, onDay, placed } from '../testing/polls.ts';
import { sampleHold, startOfTime } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { missOrder } from './follow-order.ts';

describe('a hold of the provider', () => {
  test.each([1, 6, 7, 8, 9, 99, 105])('(state %i) is lifted by a better state', (stateId) => {
    expect(after(placed(), stateId)).toMatchObject({ plan: { held: true } });
    expect(after(placed(), stateId, 100).hold).toBeNull();
  });

  test.each([107, 108, 110, 9999])('is kept in a state without a meaning (%i)', (stateId) => {
    expect(after(placed(), 9, stateId).hold?.code).toBe('denied_party');
  });

  test('is replaced by another, with its own time', () => {
    expect(after(placed(), 6, 7).hold).toEqual({
      code: 'address_undeliverable',
      problems: [{ field: 'streetAddress', code: 'undeliverable' }],
      since: onDay(2).now,
    });
    expect(after(placed(), 8, 99).hold).toEqual({
      code: 'provider_error',
      problems: [{ field: 'order', code: 'provider_state_99' }],
      since: onDay(1).now,
    });
  });

  test('is set again when it was lifted and the state is no better', () => {
    const lifted = applyChange(after(placed(), 7), { hold: null }, startOfTime);
    expect(after(lifted, 7).hold?.code).toBe('address_undeliverable');
  });

  test.each<HoldCode>(['user_not_active', 'credential_unmatched', 'order_duplicated', 'mail_refused'])(
    'never replaces or lifts %s',
    (code) => {
      const hold = sampleHold(code);
      expect(after(placed({ hold }), 105, 103, 104).hold).toEqual(hold);
    },
  );
});

describe('an order that the provider does not know', () => {
  test('is held', () => {
    expect(missOrder(placed(), onDay(2).now)?.change.hold).toEqual({
      code: 'order_missing',
      problems: [{ field: 'order', code: 'not_found' }],
      since: onDay(2).now,
    });
  });

  test('is held once', () => {
    const hold = missOrder(placed(), startOfTime)?.change.hold ?? null;
    expect(missOrder(placed({ hold }), onDay(2).now)).toBeNull();
  });

  test('keeps a hold that the provider does not lift, and replaces one that it does', () => {
    expect(missOrder(placed({ hold: sampleHold('user_not_active') }), startOfTime)).toBeNull();
    expect(missOrder(after(placed(), 6), startOfTime)?.change.hold?.code).toBe('order_missing');
  });

  test.each([3, 103, 107, 9999])(
    'is not missing any more when it is found again, also in its former state (%i)',
    (stateId) => {
      const missed = placed({
        hold: sampleHold('order_missing'),
        order: { ...stages.placed.order, providerState: stateId },
      });
      expect(after(missed, stateId).hold).toBeNull();
    },
  );
});
