import { describe, expect, test } from '@jest/globals';

import { after, onDay, placed, seenOrder } from '../testing/polls.ts';
import { sampleState } from '../testing/sample-states.ts';
import { profileValues, sampleHold } from '../testing/samples.ts';
import { followOrder } from './follow-order.ts';

const better = { streetLine1: '1 Main Road', streetLine2: 'Floor 2', city: 'Warrenton', state: null, zipCode: '97103' };
const suggesting = { state: sampleState(6), suggestion: better };

describe('a suggestion of the provider', () => {
  test('is sealed for an operator to decide, and only its field names are shown', () => {
    const shipment = after(placed(), suggesting);
    expect(shipment.hold).toEqual({
      code: 'address_suggested',
      problems: ['streetAddress', 'city'].map((field) => ({ field, code: 'provider_suggests_another' })),
      since: onDay(1).now,
    });
    expect(shipment.secrets.suggestion).toEqual({
      values: { streetAddress: '1 Main Road\nFloor 2', city: 'Warrenton', zipCode: '97103' },
      replaced: {},
    });
    const { secrets: _, ...row } = shipment;
    expect(JSON.stringify(row)).not.toContain('Main Road');
    expect(JSON.stringify(row)).not.toContain(profileValues.streetAddress);
  });

  test('that stays the same adds nothing to the history', () => {
    expect(followOrder(after(placed(), suggesting), { ...seenOrder, ...suggesting }, onDay(2))).toBeNull();
  });

  test('is replaced by another, while the hold keeps its time', () => {
    const other = { ...better, state: 'OR' };
    const shipment = after(placed(), suggesting, { state: sampleState(6), suggestion: other });
    expect(shipment.secrets.suggestion?.values).toMatchObject({ state: 'OR' });
    expect(shipment.hold?.since).toEqual(onDay(1).now);
  });

  test.each([3, 7, 100, 9999])('is deleted when the provider suggests nothing any more (state %i)', (stateId) => {
    expect(after(placed(), suggesting, stateId).secrets.suggestion).toBeUndefined();
  });

  test('is kept also while the shipment is held for another reason', () => {
    const shipment = after(placed({ hold: sampleHold('edit_refused') }), suggesting);
    expect(shipment.hold?.code).toBe('edit_refused');
    expect(shipment.secrets.suggestion?.values.streetAddress).toBe('1 Main Road\nFloor 2');
  });

  test('that is missing leaves the state as the problem', () => {
    expect(after(placed(), 6).hold?.problems).toEqual([{ field: 'order', code: 'provider_state_6' }]);
  });

  test('does not affect a key that is programmed in the same poll', () => {
    const programmed = {
      serial: '1',
      firmware: '5.7.4',
      pinResponseJwe: 'pin response key0',
      credResponses: [{ keyId: 'key0', jwe: 'credential response key0' }],
      pinCopyJwe: 'pin copy order-1',
    };
    const shipment = after(placed(), suggesting, { state: sampleState(103), programmed });
    expect(Object.keys(shipment.secrets).toSorted()).toEqual(['login', 'pinCopy', 'profile', 'responseEnvelopes']);
  });
});
