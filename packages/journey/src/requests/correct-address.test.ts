import { describe, expect, test } from '@jest/globals';

import { applyChange } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import { nextSteps } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import {
  checkSampleAddress,
  checkedProfile,
  profileValues,
  sampleHold,
  sampleShipment,
  sourced,
  startOfTime,
  type SampleShipment,
} from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { correct, type Correction } from './correct-address.ts';

const suggestion = { values: { city: 'Portland', zipCode: '97205' }, replaced: { address: 'as it was' } };
const own: Correction = { fields: { city: 'Salem' } };

function ask(shipment: Shipment, correction: Correction): string | Shipment {
  const result = correct(shipment, correction, checkSampleAddress);
  if (result.outcome === 'granted') return applyChange(shipment, result.decision.change, startOfTime);
  return result.outcome === 'refused' ? result.code : result.outcome;
}

const held = (code: HoldCode, { secrets, ...fields }: SampleShipment = {}): Shipment =>
  sampleShipment({ hold: sampleHold(code), ...fields, secrets: { login: 'x', ...secrets } });
const placed = (code: HoldCode, fields: SampleShipment['secrets'] = {}): Shipment =>
  held(code, { ...stages.placed, secrets: { profile: checkedProfile(), ...fields } });

describe('before the order, a correction', () => {
  test('that accepts the suggestion saves its values, with the sources’ values, and has them checked', () => {
    expect(ask(held('profile_problems', { secrets: { suggestion } }), { decision: 'accept' })).toMatchObject({
      hold: null,
      plan: { profileChecked: false, held: false },
      secrets: {
        overrides: {
          values: {
            city: { value: 'Portland', source: 'correction' },
            zipCode: { value: '97205', source: 'correction' },
          },
          replaced: suggestion.replaced,
        },
      },
    });
  });

  test('with entered values replaces those of the request, field by field', () => {
    const overrides = {
      values: {
        city: { value: 'Bend', source: 'override' as const },
        firstName: { value: 'Z', source: 'override' as const },
      },
      replaced: { address: 'before', firstName: 'before' },
    };
    expect(ask(held('profile_problems', { secrets: { overrides, suggestion } }), own)).toMatchObject({
      secrets: {
        overrides: {
          values: { city: { value: 'Salem', source: 'correction' }, firstName: { value: 'Z', source: 'override' } },
          replaced: overrides.replaced,
        },
      },
    });
  });

  test.each<[string, SampleShipment]>([
    ['requested', {}],
    ['ready', { plan: { order: 'ready' } }],
    ['enrolled', stages.enrolled],
  ])('of one that is %s has it checked again', (_, fields) => {
    const after = ask(held('order_refused', { ...fields, secrets: {} }), own);
    expect(typeof after === 'string' ? after : nextSteps(after.plan)).toEqual(['check-profile']);
  });

  test.each<Correction>([{ decision: 'accept' }, { decision: 'reject' }, { fields: {} }])(
    'of nothing is refused (%j)',
    (correction) => {
      expect(ask(held('profile_problems'), correction)).toBe('nothing_suggested');
    },
  );

  test('that rejects a suggestion is refused: an unshippable address is not ordered', () => {
    expect(ask(held('profile_problems', { secrets: { suggestion } }), { decision: 'reject' })).toBe(
      'nothing_suggested',
    );
  });
});

const confirmed: Correction = { fields: { primaryPhone: '+85245451234', city: 'Salem' }, confirmed: ['primaryPhone'] };

describe('a correction after which the shipment would be held again', () => {
  const wrong = sourced({ city: null });
  const known = { sourced: { profile: wrong, isNewUser: false, enabledCountries: null } };
  const other: Correction = { fields: { firstName: 'Zuza' } };

  test('is refused with what is still wrong, and one without is granted', () => {
    const shipment = held('profile_problems', { secrets: known });
    expect(correct(shipment, other, checkSampleAddress)).toEqual({
      outcome: 'refused',
      code: 'correction_unshippable',
      problems: [{ field: 'city', code: 'missing' }],
    });
    expect(ask(shipment, own)).toMatchObject({ hold: null });
  });

  test('counts the request’s overrides and earlier corrections', () => {
    const overrides = { values: { city: { value: 'Bend', source: 'override' as const } }, replaced: {} };
    expect(ask(held('profile_problems', { secrets: { ...known, overrides } }), other)).toMatchObject({ hold: null });
  });

  test('is refused by the frozen profile where the provider refused the order', () => {
    const shipment = held('order_refused', { ...stages.enrolled, secrets: { profile: checkedProfile() } });
    const checked: unknown[] = [];
    const result = correct(shipment, own, (profile) => {
      checked.push(profile.city, profile.zipCode?.value);
      return { outcome: 'problems', problems: [{ field: 'city', code: 'too_long' }], suggestion: {} };
    });
    expect(result).toMatchObject({ code: 'correction_unshippable', problems: [{ code: 'too_long' }] });
    expect(checked).toEqual([{ value: 'Salem', source: 'correction' }, profileValues.zipCode]);
  });

  test('is refused by the rules of the journey’s own check, with what they depend on', () => {
    const seen: unknown[] = [];
    const check: typeof checkSampleAddress = (profile, about) => {
      seen.push(about);
      return checkSampleAddress(profile, about);
    };
    const about = { isNewUser: true, enabledCountries: ['US'] };
    correct(held('profile_problems', { secrets: { sourced: { profile: wrong, ...about } } }), own, check);
    expect(seen).toEqual([expect.objectContaining(about)]);
  });
});

describe('a value that an operator confirms', () => {
  test('is kept as such, the other values of the correction are not', () => {
    expect(ask(held('profile_problems'), confirmed)).toMatchObject({
      secrets: {
        overrides: {
          values: {
            primaryPhone: { value: '+85245451234', source: 'confirmed' },
            city: { value: 'Salem', source: 'correction' },
          },
        },
      },
    });
  });

  test('is named in the history, before and after the order, without the value', () => {
    const before = correct(held('profile_problems'), confirmed, checkSampleAddress);
    expect(before).toMatchObject({
      decision: {
        note: { event: 'profile.corrected', detail: { fields: 'primaryPhone city', confirmed: 'primaryPhone' } },
      },
    });
    const after = correct(placed('address_suggested'), confirmed, checkSampleAddress);
    expect(after).toMatchObject({
      decision: {
        note: { event: 'order.edit_requested', detail: { decision: 'accept', confirmed: 'primaryPhone' } },
      },
    });
  });

  test('stays confirmed when the order is edited, and when it is edited again', () => {
    const checked: unknown[] = [];
    const profile = { ...checkedProfile(), sources: { primaryPhone: 'confirmed' as const } };
    for (const correction of [confirmed, own])
      correct(placed('address_suggested', { profile }), correction, (fields, about) => {
        checked.push(fields.primaryPhone?.source);
        return checkSampleAddress(fields, about);
      });
    expect(checked).toEqual(['confirmed', 'confirmed']);
  });

  test('is a correction like any other when it is entered again without confirming it', () => {
    const profile = { ...checkedProfile(), sources: { primaryPhone: 'confirmed' as const } };
    const entered: Correction = { fields: { primaryPhone: '+85245451235' } };
    correct(placed('address_suggested', { profile }), entered, (fields, about) => {
      expect(fields.primaryPhone?.source).toBe('correction');
      return checkSampleAddress(fields, about);
    });
    expect.assertions(1);
  });
});

describe('after the order, a correction', () => {
  test('that accepts the provider’s suggestion edits the order', () => {
    const after = ask(placed('address_suggested', { suggestion }), { decision: 'accept' });
    expect(after).toMatchObject({
      hold: null,
      plan: { editRequested: true },
      secrets: {
        profile: checkedProfile(),
        edit: {
          decision: 'accept',
          profile: { ...checkedProfile({ ...profileValues, city: 'Portland', zipCode: '97205' }) },
        },
      },
    });
    expect(typeof after === 'string' ? [] : nextSteps(after.plan)).toEqual(['track-parcel', 'edit-order']);
  });

  test.each<HoldCode>(['address_suggested', 'address_undeliverable', 'order_incomplete', 'edit_refused'])(
    'may have entered values, or ship the address as ordered (%s)',
    (code) => {
      expect(ask(placed(code), own)).toMatchObject({ secrets: { edit: { profile: { city: 'Salem' } } } });
      expect(ask(placed(code), { decision: 'reject' })).toMatchObject({ secrets: { edit: { decision: 'reject' } } });
    },
  );

  test('keeps the other lines of the address, both of them', () => {
    const profile = { ...checkedProfile(), streetLine2: 'Floor 2' };
    const calls: unknown[] = [];
    correct(placed('address_suggested', { profile }), own, (fields, about) => {
      calls.push(fields.streetAddress?.value, about);
      return checkSampleAddress(fields, about);
    });
    expect(calls).toEqual(['1 Lighthouse Road\nFloor 2', { isNewUser: false, enabledCountries: null }]);
  });

  test('that cannot be shipped is refused, with its problems', () => {
    const nowhere = (): ReturnType<typeof checkSampleAddress> => ({
      outcome: 'problems',
      problems: [{ field: 'city', code: 'too_long' }],
      suggestion: {},
    });
    expect(correct(placed('address_suggested'), own, nowhere)).toEqual({
      outcome: 'refused',
      code: 'correction_unshippable',
      problems: [{ field: 'city', code: 'too_long' }],
    });
  });

  test('that accepts nothing is refused', () => {
    expect(ask(placed('address_undeliverable'), { decision: 'accept' })).toBe('nothing_suggested');
  });

  test.each<HoldCode>(['order_duplicated', 'parcel_lost', 'provider_error'])(
    'is refused where another address does not lift the hold (%s)',
    (code) => {
      expect(ask(placed(code), own)).toBe('order_under_way');
    },
  );
});

describe('a correction', () => {
  test.each<[string, Shipment, string]>([
    ['not held', sampleShipment(), 'not_held'],
    ['not held and placed', sampleShipment(stages.placed), 'not_held'],
    ['unclear at Okta', held('enrollment_unclear', { plan: { order: 'enrolling' } }), 'order_under_way'],
    ['unclear at the provider', held('order_unclear', { plan: { order: 'placing' } }), 'order_under_way'],
    [
      'locked',
      held('edit_refused', {
        ...stages.placed,
        order: { ...stages.placed.order, providerState: 100, isLocked: true },
        secrets: {},
      }),
      'order_locked',
    ],
    ['under way', held('parcel_lost', { ...stages.active, secrets: {} }), 'order_locked'],
    ['cancelled', sampleShipment({ plan: { order: 'cancelled' } }), 'shipment_ended'],
    ['closed', sampleShipment({ plan: { order: 'closed' } }), 'shipment_ended'],
    ['failed', sampleShipment({ plan: { order: 'failed' } }), 'shipment_ended'],
  ])('is refused for a shipment that is %s', (_, shipment, code) => {
    for (const correction of [own, { decision: 'accept' }, { decision: 'reject' }] as const)
      expect(ask(shipment, correction)).toBe(code);
  });

  test('never reaches an address that a PIN goes to', () => {
    const fields: object = { email: 'a@evil.example', secondEmail: 'b@evil.example', login: 'c' };
    for (const shipment of [held('profile_problems'), placed('address_suggested')])
      expect(ask(shipment, { fields })).toBe('nothing_suggested');
    const after = ask(placed('address_suggested'), { fields: { ...fields, city: 'Salem' } });
    expect(after).toMatchObject({
      secrets: { edit: { profile: { email: profileValues.email, secondEmail: profileValues.secondEmail } } },
    });
    expect(JSON.stringify(ask(held('profile_problems'), { fields: { ...fields, city: 'Salem' } }))).not.toContain(
      'evil',
    );
  });

  test('is in the history by its field names, never by its values', () => {
    const result = correct(
      held('profile_problems'),
      { fields: { city: 'Salem', zipCode: '97301' } },
      checkSampleAddress,
    );
    expect(result).toMatchObject({
      outcome: 'granted',
      decision: { note: { event: 'profile.corrected', detail: { fields: 'city zipCode' } } },
    });
  });
});
