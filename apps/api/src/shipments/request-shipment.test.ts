import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { nfc, runApi, usbC, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let acme: string;
beforeAll(async () => {
  api = await runApi();
  acme = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

const request = (body: unknown, headers: Readonly<Record<string, string>> = {}, path = '/v1/shipments') =>
  api.call('POST', path, { body, headers });

const rowsFor = (login: string) =>
  api.ledger.db
    .selectFrom('shipments')
    .selectAll()
    .where('login_index', '=', api.ledger.sealing.blindIndex(login.toLowerCase()))
    .execute();

let count = 0;
const someone = (): string => `someone-${(count += 1)}@globex.example`;

describe('a request for a key', () => {
  test('is answered 202 with the shipment, which is committed', async () => {
    const login = someone();
    const { status, body } = await request({ login });
    expect(status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^shp_/),
      tenant: 'globex',
      status: 'requested',
      trigger: 'api',
      requestedBy: { apiKey: { id: expect.stringMatching(/^key_/), name: expect.any(String) }, event: null },
      purpose: 'primary',
      product: nfc,
      note: null,
      user: { id: null, login },
      order: { state: 'requested', providerId: null },
      parcel: { state: 'none', carrier: null, trackingNumber: null, trackingUrl: null },
      credential: { state: 'none', enrollmentId: null, serial: null, firmware: null },
      registration: null,
      pin: { state: 'none', sentTo: null, sentAt: null },
      hold: null,
      hub: null,
      problems: [],
      retries: [],
      actions: ['retry', 'cancel'],
      profile: null,
      batch: null,
      dryRun: false,
      duplicateOf: null,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    expect(await rowsFor(login)).toMatchObject([{ id: body['id'], product_id: nfc.productId }]);
    const messages = await api.ledger.db
      .selectFrom('outbox')
      .select('step')
      .where('subject_id', '=', String(body['id']))
      .execute();
    expect(messages).toEqual([{ step: 'check-profile' }]);
  });

  test('accepts an Okta id, a purpose, a note and attributes of the parcel', async () => {
    const { status, body } = await request({
      userId: '00u-full',
      purpose: 'backup',
      note: 'x'.repeat(500),
      profile: { firstName: 'Adelheid', streetAddress: '1 Canary Wharf\nDock 2', state: 'ENG' },
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({ user: { id: '00u-full', login: null }, purpose: 'backup' });
    const dump =
      await sql`select s.*, e.* from shipments s left join secrets e on e.shipment_id = s.id where s.id = ${body['id']}`.execute(
        api.ledger.db,
      );
    expect(JSON.stringify(dump.rows)).not.toMatch(/Adelheid|Canary|xxxxxx/);
  });

  test('that is a dry run never conflicts with a real one', async () => {
    const login = someone();
    expect(await request({ login }, {}, '/v1/shipments?dryRun=true')).toMatchObject({
      status: 202,
      body: { dryRun: true },
    });
    expect(await request({ login }, {}, '/v1/shipments?dryRun=true')).toMatchObject({ status: 202 });
    expect(await request({ login })).toMatchObject({ status: 202, body: { dryRun: false } });
  });

  test('for a user with an open shipment is refused with that shipment, in any letter case', async () => {
    const login = someone();
    const { body } = await request({ login });
    const again = await request({ login: login.toUpperCase() });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_open', shipmentId: body['id'] } });
    expect(await request({ login, purpose: 'backup' })).toMatchObject({ status: 202 });
  });

  test('sent ten times at once creates one shipment', async () => {
    const login = someone();
    const answers = await Promise.all(Array.from({ length: 10 }, () => request({ login })));
    const [row, ...others] = await rowsFor(login);
    expect(others).toEqual([]);
    expect(answers.filter(({ body }) => body['id'] === row?.id)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['shipmentId'] === row?.id)).toHaveLength(9);
  });

  test.each([
    ['no user', {}, [{ field: 'login', code: 'user_or_login' }]],
    ['two people', { userId: '00u1', login: 'a@b.example' }, [{ field: 'login', code: 'user_or_login' }]],
    ['an impossible id', { userId: '00u1/../groups' }, [{ field: 'userId', code: 'invalid' }]],
    ['an empty id', { userId: '' }, [{ field: 'userId', code: 'invalid' }]],
    ['a login with a line break', { login: 'a\nb' }, [{ field: 'login', code: 'invalid' }]],
    ['a login with NUL', { login: 'a\0b' }, [{ field: 'login', code: 'invalid' }]],
    ['a long login', { login: 'x'.repeat(255) }, [{ field: 'login', code: 'invalid' }]],
    ['another purpose', { login: 'a', purpose: 'spare' }, [{ field: 'purpose', code: 'invalid' }]],
    ['a long note', { login: 'a', note: 'x'.repeat(501) }, [{ field: 'note', code: 'invalid' }]],
    ['an unknown field', { login: 'a', productID: '1' }, [{ field: 'productID', code: 'unknown_field' }]],
    ['a product that is no number', { login: 'a', productId: 'nfc' }, [{ field: 'productId', code: 'invalid' }]],
    [
      'an unknown attribute',
      { login: 'a', profile: { title: 'Dr' } },
      [{ field: 'profile.title', code: 'unknown_field' }],
    ],
    ['an empty attribute', { login: 'a', profile: { city: '' } }, [{ field: 'profile.city', code: 'invalid' }]],
    ['a list', [], [{ field: 'body', code: 'invalid' }]],
    ['no body', undefined, [{ field: 'body', code: 'invalid' }]],
    [
      'two faults',
      { login: 'a', note: 7, purpose: 'x' },
      [
        { field: 'purpose', code: 'invalid' },
        { field: 'note', code: 'invalid' },
      ],
    ],
  ])('for %s is refused with its field and how to fix it', async (_what, body, problems) => {
    const answer = await request(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request', problems } });
    for (const { message } of problemsOf(answer.body)) expect(message).toMatch(/^.{10,}[.]$/);
  });

  test.each(['email', 'secondEmail'])('cannot override %s, and the refusal says why', async (field) => {
    const answer = await request({ login: 'a', profile: { [field]: 'canary@evil.example' } });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        problems: [
          { field: `profile.${field}`, code: 'comes_from_okta', message: expect.stringMatching(/PIN.*Okta only/) },
        ],
      },
    });
    expect(answer.text).not.toContain('canary');
  });

  test('with a key __proto__ is refused', async () => {
    expect(await request('{"login":"a","__proto__":{"x":1}}')).toMatchObject({
      status: 400,
      body: { problems: [{ field: '__proto__', code: 'unknown_field' }] },
    });
  });
});

function problemsOf(body: Record<string, unknown>): { message: string }[] {
  const { problems } = body;
  return Array.isArray(problems) ? problems : [];
}

describe('the product', () => {
  const forAcme = (body: Readonly<Record<string, unknown>>) =>
    api.call('POST', '/v1/shipments', { key: acme, body: { login: someone(), ...body } });

  test('is optional for a tenant that has one', async () => {
    expect(await request({ login: someone() })).toMatchObject({ status: 202 });
  });

  test('is required for a tenant that has several, and the refusal lists them', async () => {
    expect(await forAcme({})).toMatchObject({ status: 400, body: { code: 'no_such_product', choices: [nfc, usbC] } });
  });

  test.each([[{ productId: '29' }], [{ productId: 29 }], [{ inventoryProductId: '107' }], [{ ...usbC }]])(
    'is found by %j',
    async (ids) => {
      const { status, body } = await forAcme(ids);
      expect(status).toBe(202);
      const row = await api.ledger.db
        .selectFrom('shipments')
        .selectAll()
        .where('id', '=', String(body['id']))
        .executeTakeFirst();
      expect(row).toMatchObject({ product_id: '29', inventory_product_id: '107', customization_id: 'RXJN83' });
    },
  );

  test.each([[{ productId: '2' }], [{ customizationId: 'RXJN83' }], [{ productId: '1', inventoryProductId: '107' }]])(
    'is not found by %j',
    async (ids) => {
      expect(await forAcme(ids)).toMatchObject({
        status: 400,
        body: {
          code: 'no_such_product',
          problems: [{ field: 'productId', code: 'product_not_listed' }],
          choices: [nfc, usbC],
        },
      });
    },
  );
});
