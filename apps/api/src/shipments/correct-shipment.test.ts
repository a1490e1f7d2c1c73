import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { parcelEmail } from '@keycourier/journey/profile/label';
import { override } from '@keycourier/journey/profile/override-profile';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { advance, held, placed, profile, requestFor } from '../testing/shipments.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const correct = (id: string, body: unknown) => api.call('POST', `/v1/shipments/${id}/corrections`, { body });

async function read(id: string): Promise<Shipment> {
  const shipment = await readShipment(api.ledger, 'globex', id);
  if (shipment === null) throw new RangeError(`there is no ${id}`);
  return shipment;
}

const suggestion = { values: { streetAddress: 'Musterweg 3a', zipCode: '10117' }, replaced: {} } as const;
const suggested = {
  hold: {
    code: 'address_suggested',
    problems: [{ field: 'zipCode', code: 'provider_suggests_another' }],
    since: new Date('2026-01-02T03:04:05.000Z'),
  },
  secrets: { suggestion },
} as const satisfies Change;

let count = 0;
const someone = (...changes: Change[]): Promise<string> => {
  count += 1;
  return requestFor(api, `corrected-${count}@globex.example`).then(async (id) => {
    await advance(api, id, ...changes);
    return id;
  });
};
const beforeTheOrder = () => someone({ ...held, secrets: { suggestion } });
const withTheProvider = () =>
  someone({ secrets: { profile } }, ...placed, { orderDetails: { providerState: 6 } }, suggested);

describe('before the order', () => {
  test('accepting applies the suggestion, and the profile is checked again', async () => {
    const id = await beforeTheOrder();
    expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({
      body: { actions: ['retry', 'cancel', 'correct'] },
    });
    expect(await correct(id, { decision: 'accept' })).toMatchObject({
      status: 200,
      body: { status: 'requested', hold: null },
    });
    expect((await read(id)).secrets.overrides).toEqual({
      values: {
        streetAddress: { value: 'Musterweg 3a', source: 'correction' },
        zipCode: { value: '10117', source: 'correction' },
      },
      replaced: {},
    });
    const { body } = await api.call('GET', `/v1/shipments/${id}/events`);
    expect(body['items']).toContainEqual({
      event: 'profile.corrected',
      at: expect.any(String),
      detail: expect.objectContaining({ fields: 'streetAddress zipCode', by: expect.stringMatching(/^key_/) }),
    });
    expect(JSON.stringify(body)).not.toContain('Musterweg');
  });

  test('fields are added to earlier corrections', async () => {
    const id = await beforeTheOrder();
    await correct(id, { fields: { city: 'Berlin' } });
    await advance(api, id, held);
    await correct(id, { fields: { zipCode: '10119' } });
    expect(Object.keys((await read(id)).secrets.overrides?.values ?? {}).toSorted()).toEqual(['city', 'zipCode']);
  });

  test.each(['accept', 'reject'])('%s without a suggestion is refused', async (decision) => {
    const id = await someone(held);
    expect(await correct(id, { decision })).toMatchObject({
      status: 409,
      body: { code: 'nothing_suggested', detail: expect.stringMatching(/fields/) },
    });
    expect((await read(id)).hold).not.toBeNull();
  });
});

describe('a phone number that no list has', () => {
  const number = '+85245451234';
  const address = { ...profile, streetAddress: profile.streetLine1 };
  const fieldsOfProfile = [
    'firstName',
    'lastName',
    'email',
    'organization',
    'streetAddress',
    'city',
    'zipCode',
    'countryCode',
  ] as const;
  const sourced = {
    profile: Object.fromEntries(
      fieldsOfProfile.map((field) => [field, { value: address[field], source: 'okta' as const }]),
    ),
    isNewUser: false,
    enabledCountries: null,
  };

  test('corrected to itself is refused at once with the reason, and granted once it is confirmed', async () => {
    const id = await someone({ ...held, secrets: { sourced } });
    const refused = await correct(id, { fields: { primaryPhone: number } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'correction_unshippable' } });
    expect(refused.body['problems']).toMatchObject([{ field: 'primaryPhone', code: 'unknown_phone_number' }]);
    expect(refused.text).not.toContain(number);
    expect((await read(id)).hold).toMatchObject({ code: 'profile_problems' });
    const confirmed = { fields: { primaryPhone: number }, confirmed: ['primaryPhone'] };
    expect(await correct(id, confirmed)).toMatchObject({ status: 200, body: { hold: null } });
  });

  test('is no reason to take another value that will be held', async () => {
    const id = await someone({ ...held, secrets: { sourced } });
    const answer = await correct(id, {
      fields: { primaryPhone: number, zipCode: '1011' },
      confirmed: ['primaryPhone'],
    });
    expect(answer.body['problems']).toMatchObject([{ field: 'zipCode', code: 'not_a_postal_code' }]);
  });
});

describe('after the order', () => {
  test('accepting sends the suggested profile to the provider', async () => {
    const id = await withTheProvider();
    expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({
      body: { problems: [{ field: 'zipCode', suggestion: '10117' }], actions: ['retry', 'cancel', 'correct'] },
    });
    expect(await correct(id, { decision: 'accept' })).toMatchObject({ status: 200, body: { hold: null } });
    const { plan, secrets } = await read(id);
    expect(plan.editRequested).toBe(true);
    expect(secrets.edit).toMatchObject({
      decision: 'accept',
      profile: { streetLine1: 'Musterweg 3a', zipCode: '10117' },
    });
    const messages = await api.ledger.db.selectFrom('outbox').select('step').where('subject_id', '=', id).execute();
    expect(messages).toContainEqual({ step: 'edit-order' });
  });

  test('rejecting ships the order unchanged', async () => {
    const id = await withTheProvider();
    expect(await correct(id, { decision: 'reject' })).toMatchObject({ status: 200, body: { hold: null } });
    expect((await read(id)).secrets).toMatchObject({ edit: { decision: 'reject' }, profile: { zipCode: '10115' } });
  });

  test('an undeliverable address is refused with its fields, and changes nothing', async () => {
    const id = await withTheProvider();
    const answer = await correct(id, { fields: { zipCode: 'canary', primaryPhone: '1' } });
    expect(answer).toMatchObject({ status: 422, body: { code: 'correction_unshippable' } });
    expect(answer.body['problems']).toEqual([
      { field: 'primaryPhone', code: 'not_a_phone_number', message: expect.stringMatching(/phone/) },
      { field: 'zipCode', code: 'not_a_postal_code', message: expect.stringMatching(/postal code/) },
    ]);
    expect(answer.text).not.toContain('canary');
    expect((await read(id)).hold).toMatchObject({ code: 'address_suggested' });
  });

  test.each<[string, readonly Change[], string]>([
    ['a locked order', [{ orderDetails: { providerState: 12, isLocked: true } }], 'order_locked'],
    ['another hold', [{ hold: { code: 'provider_error', problems: [], since: new Date() } }], 'order_under_way'],
    ['no hold', [{ hold: null }], 'not_held'],
  ])('with %s it is refused, and absent from the actions', async (_what, changes, code) => {
    const id = await withTheProvider();
    await advance(api, id, ...changes);
    expect(await correct(id, { decision: 'accept' })).toMatchObject({ status: 409, body: { code } });
    const { body } = await api.call('GET', `/v1/shipments/${id}`);
    expect(body['actions']).not.toContain('correct');
  });

  test('of ten concurrent corrections one applies, and nine find the address corrected', async () => {
    const id = await withTheProvider();
    const answers = await Promise.all(Array.from({ length: 10 }, () => correct(id, { decision: 'accept' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['code'] === 'not_held')).toHaveLength(9);
  });
});

describe('a phone number in a range that is too new to be listed', () => {
  const fields = { primaryPhone: '+852 4545 1234' };
  const confirmed = ['primaryPhone'];

  test('is kept as confirmed, and the history names the field and the API key', async () => {
    const id = await beforeTheOrder();
    expect(await correct(id, { fields, confirmed })).toMatchObject({ status: 200, body: { hold: null } });
    expect((await read(id)).secrets.overrides?.values).toMatchObject({
      primaryPhone: { value: '+852 4545 1234', source: 'confirmed' },
    });
    const { body } = await api.call('GET', `/v1/shipments/${id}/events`);
    expect(body['items']).toContainEqual({
      event: 'profile.corrected',
      at: expect.any(String),
      detail: expect.objectContaining({ confirmed: 'primaryPhone', by: expect.stringMatching(/^key_/) }),
    });
    // Four digits alone are in random ids by chance.
    expect(JSON.stringify(body)).not.toMatch(/4545 ?1234/);
  });

  test('goes to the provider in an edit of the order only when it is confirmed', async () => {
    const id = await withTheProvider();
    expect(await correct(id, { fields })).toMatchObject({
      status: 422,
      body: { problems: [{ field: 'primaryPhone', code: 'unknown_phone_number' }] },
    });
    expect(await correct(id, { fields, confirmed })).toMatchObject({ status: 200 });
    expect((await read(id)).secrets.edit).toMatchObject({
      profile: { primaryPhone: '+85245451234', sources: { primaryPhone: 'confirmed' } },
    });
  });

  test('is refused, confirmed or not, when no number has that many digits', async () => {
    const id = await withTheProvider();
    const answer = await correct(id, { fields: { primaryPhone: '+852 4545' }, confirmed });
    expect(answer).toMatchObject({ status: 422, body: { problems: [{ code: 'not_a_phone_number' }] } });
  });
});

test('a shipment that has ended cannot be corrected', async () => {
  const id = await someone({ order: 'cancelled' });
  expect(await correct(id, { fields: { city: 'Berlin' } })).toMatchObject({
    status: 409,
    body: { code: 'shipment_ended' },
  });
});

describe('a correction', () => {
  test.each([
    ['nothing', {}, 'decision', 'decision_or_fields'],
    ['both', { decision: 'accept', fields: { city: 'Berlin' } }, 'decision', 'decision_or_fields'],
    ['no field', { fields: {} }, 'fields', 'no_fields'],
    ['an empty field', { fields: { city: '' } }, 'fields.city', 'invalid'],
    ['another decision', { decision: 'maybe' }, 'decision', 'invalid'],
    ['an unknown field', { fields: { title: 'Dr' } }, 'fields.title', 'unknown_field'],
    ['a profile', { profile: { city: 'Berlin' } }, 'profile', 'unknown_field'],
    [
      'a confirmed field without its value',
      { fields: { city: 'Berlin' }, confirmed: ['primaryPhone'] },
      'confirmed',
      'confirmed_without_value',
    ],
    [
      'a suggestion that is confirmed',
      { decision: 'accept', confirmed: ['primaryPhone'] },
      'confirmed',
      'confirmed_without_value',
    ],
    [
      'a field that cannot be confirmed',
      { fields: { city: 'Berlin' }, confirmed: ['city'] },
      'confirmed[0]',
      'invalid',
    ],
    ['nothing confirmed', { fields: { city: 'Berlin' }, confirmed: [] }, 'confirmed', 'invalid'],
  ])('with %s is refused', async (_what, body, field, code) => {
    const id = await beforeTheOrder();
    expect(await correct(id, body)).toMatchObject({
      status: 400,
      body: { problems: expect.arrayContaining([expect.objectContaining({ field, code })]) },
    });
    expect((await read(id)).hold).not.toBeNull();
  });
});

describe('the address for the PIN', () => {
  const addresses = ({ secrets }: Shipment) => [
    secrets.profile?.email,
    secrets.profile?.secondEmail,
    secrets.profile?.isNewUser,
  ];
  const parcelEmailOf = ({ secrets: { edit } }: Shipment) =>
    edit?.decision === 'accept' ? parcelEmail(edit.profile) : undefined;

  test.each(['email', 'secondEmail'])('cannot be corrected: %s', async (field) => {
    for (const id of [await beforeTheOrder(), await withTheProvider()]) {
      const answer = await correct(id, { fields: { city: 'Berlin', [field]: 'canary@evil.example' } });
      expect(answer).toMatchObject({
        status: 400,
        body: { problems: [{ field: `fields.${field}`, code: 'comes_from_okta' }] },
      });
      expect(answer.text).not.toContain('canary');
      expect((await read(id)).hold).not.toBeNull();
    }
  });

  const { email, secondEmail, isNewUser } = profile;

  test.each([{ decision: 'accept' }, { fields: { firstName: 'Eve', lastName: 'Evil' } }])(
    'stays the same when a placed order is corrected by %j',
    async (body) => {
      const id = await withTheProvider();
      expect(await correct(id, body)).toMatchObject({ status: 200 });
      const after = await read(id);
      expect(addresses(after)).toEqual([email, secondEmail, isNewUser]);
      expect(after.secrets.edit).toMatchObject({ decision: 'accept', profile: { email, secondEmail, isNewUser } });
      expect(parcelEmailOf(after)).toBe(parcelEmail(profile));
    },
  );

  test('stays the same when the suggestion for a placed order is rejected', async () => {
    const id = await withTheProvider();
    expect(await correct(id, { decision: 'reject' })).toMatchObject({ status: 200 });
    const after = await read(id);
    expect(addresses(after)).toEqual([email, secondEmail, isNewUser]);
    expect(after.secrets.edit).toEqual({ decision: 'reject' });
  });

  test('comes from Okta when a profile is corrected before the order', async () => {
    const id = await beforeTheOrder();
    await correct(id, { fields: { firstName: 'Eve', city: 'Berlin' } });
    const { overrides = { values: {}, replaced: {} } } = (await read(id)).secrets;
    expect(Object.keys(overrides.values).toSorted()).toEqual(['city', 'firstName']);
    const okta = {
      email: { value: 'a@okta.example', source: 'okta' },
      secondEmail: { value: 'b@okta.example', source: 'okta' },
    } as const;
    expect(override(okta, overrides).profile).toMatchObject({
      ...okta,
      firstName: { value: 'Eve', source: 'correction' },
    });
  });
});
