import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { enroll, sealRequest } from '../testing/okta-org.ts';
import { orderFor, place, read, shipmentResponse, stateOf } from '../testing/orders.ts';
import { globexToken, runSimulator, type RunningSimulator } from '../testing/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await runSimulator();
});
afterAll(() => simulator.stop());

const stockOf = async (token: string, inventory: number): Promise<number | undefined> => {
  const { body } = await simulator.call('GET', '/v1/inventory', { token });
  const inventoryList = z.object({
    organization_product_inventory: z.array(
      z.object({ product_id: z.number(), organization_product_quantity: z.number() }),
    ),
  });
  return inventoryList.parse(body).organization_product_inventory.find(({ product_id: id }) => id === inventory)
    ?.organization_product_quantity;
};

describe('a token', () => {
  test.each([null, 'wrong', ''])('%p gets a 401 for every path', async (token) => {
    for (const path of [
      '/v1/fpr/shipments',
      '/v1/fpr/shipments/x',
      '/v1/shipments_exact',
      '/v1/inventory',
      '/v1/products',
    ])
      expect(await simulator.call('GET', path, { token })).toEqual({
        status: 401,
        body: { code: 401, message: 'Unauthorized', errors: [] },
      });
  });

  test('is not needed for the public keys', async () => {
    const { status, body } = await simulator.call('GET', '/.well-known/yubico-transport-keys.jwks', { token: null });
    expect(status).toBe(200);
    const key = {
      kty: 'EC',
      crv: 'P-384',
      use: 'enc',
      alg: 'ECDH-ES+A256KW',
      kid: expect.any(String),
      x: expect.any(String),
      y: expect.any(String),
    };
    expect(body).toEqual({ keys: [key, key] });
    const sign = await simulator.call('GET', '/.well-known/yubico-sign.jwks', { token: null });
    expect(sign.body).toEqual({
      keys: [{ ...key, use: 'sig', alg: 'ES384', x5c: [expect.any(String), expect.any(String)] }],
    });
  });
});

describe('an order', () => {
  test('is accepted with 201 and read back as it was sent, with its reference', async () => {
    const enrollment = await enroll(simulator.url());
    const order = orderFor(enrollment, { reference: 'kc-42' });
    const posted = await simulator.call('POST', '/v1/fpr/shipments', { body: order });
    expect(posted.status).toBe(201);
    const shipment = shipmentResponse.parse(posted.body);
    expect(shipment).toMatchObject({
      customer_reference: 'kc-42',
      recipient: order.recipient,
      mailing_address: order.mailing_address,
      shipment_state: { shipment_state_id: 3 },
      shipment_items: [{ product_id: 29, inventory_product_id: 106, customization_id: 'RXJN83', product_data: [] }],
    });
    expect(await read(simulator, shipment.shipment_id)).toEqual(shipment);
    expect(JSON.stringify(posted.body)).not.toContain(enrollment.pinRequestJwe);
  });

  test('is read flat below /shipments_exact', async () => {
    const { id } = await place(simulator, { reference: 'flat' });
    expect((await simulator.call('GET', `/v1/shipments_exact/${id}`)).body).toMatchObject({
      shipment_id: id,
      customer_reference: 'flat',
      recipient: 'Acme Inc.',
      recipient_firstname: 'Ada',
      country_code_2: 'US',
      shipment_state_id: 3,
      shipment_state_code: 'ShipmentStateReceived',
      is_shipped: false,
      shipment_items: [{ product_id: 29, shipment_product_quantity: 1 }],
    });
  });

  test('with problems is refused with all of them, and neither stored nor taken from stock', async () => {
    const stock = await stockOf(globexToken, 106);
    const enrollment = await enroll(simulator.url());
    const order = orderFor(
      { ...enrollment, credRequestJwe: 'not.a.jwe' },
      { address: { country_code_2: 'RU', postal_code: '' } },
    );
    const body = { ...order, recipient: { ...order.recipient, recipient_firstname: 'x'.repeat(16) } };
    const refused = await simulator.call('POST', '/v1/fpr/shipments', { body, token: globexToken });
    expect(refused).toEqual({
      status: 400,
      body: {
        code: 400,
        message: 'Bad request',
        errors: [
          { field: 'recipient.recipient_firstname', message: 'is longer than 15 bytes' },
          { field: 'mailing_address.postal_code', message: 'is required' },
          { field: 'mailing_address.country_code_2', message: 'shipping to RU is suspended' },
          {
            field: 'shipment_items[0].product_customizations[0].fido_credential_requests[0]',
            message: 'cannot be decrypted with a transport key of this provider',
          },
        ],
      },
    });
    expect((await simulator.call('GET', '/v1/fpr/shipments', { token: globexToken })).body).toMatchObject({
      total_count: 0,
    });
    expect(await stockOf(globexToken, 106)).toBe(stock);
  });

  test('with a JWE of the wrong type, or with unusable content, is refused', async () => {
    const enrollment = await enroll(simulator.url());
    const swapped = orderFor({ pinRequestJwe: enrollment.credRequestJwe, credRequestJwe: enrollment.pinRequestJwe });
    expect((await simulator.call('POST', '/v1/fpr/shipments', { body: swapped })).body).toMatchObject({
      errors: [{ message: 'must have typ fpr-pin-request' }, { message: 'must have typ fpr-credential-request' }],
    });
    const { keys } = z
      .object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) })
      .parse((await simulator.call('GET', '/.well-known/yubico-transport-keys.jwks')).body);
    const empty = await sealRequest(keys[1] ?? { kty: 'EC', kid: '' }, 'fpr-pin-request', { version: 2, secret: 'x' });
    const unusable = await simulator.call('POST', '/v1/fpr/shipments', {
      body: orderFor({ ...enrollment, pinRequestJwe: empty }),
    });
    expect(unusable).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining('cannot be used') }] },
    });
    expect(JSON.stringify(unusable.body)).not.toContain('secret');
  });

  test('that is not JSON, or that is too large, is refused with an error of the same shape', async () => {
    const post = (body: string) =>
      fetch(`${simulator.url()}/v1/fpr/shipments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body,
      });
    const broken = await post('{');
    expect([broken.status, await broken.json()]).toEqual([400, { code: 400, message: 'Bad request', errors: [] }]);
    expect((await post(`"${'x'.repeat(1_100_000)}"`)).status).toBe(413);
  });

  test('with an unknown or malformed id is not found', async () => {
    for (const id of ['x', '%00', 'a%20b', 'x'.repeat(500)])
      expect(await simulator.call('GET', `/v1/fpr/shipments/${id}`)).toMatchObject({ status: 404 });
  });

  test('of one organization is not visible to another', async () => {
    const { id } = await place(simulator);
    for (const path of [`/v1/fpr/shipments/${id}`, `/v1/shipments_exact/${id}`]) {
      expect(await simulator.call('GET', path, { token: globexToken })).toMatchObject({ status: 404 });
      expect(await simulator.call('DELETE', path, { token: globexToken })).toMatchObject({ status: 404 });
    }
    const body = orderFor(await enroll(simulator.url()));
    expect(await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { token: globexToken, body })).toMatchObject({
      status: 404,
    });
    expect(await stateOf(simulator, id)).toBe(3);
  });
});

describe('a list', () => {
  const listResponse = z.object({
    count: z.number(),
    total_count: z.number(),
    shipments: z.array(z.looseObject({ shipment_id: z.string(), customer_reference: z.string() })),
  });

  test('is newest first, in pages of at most 100', async () => {
    for (const reference of ['list-1', 'list-2', 'list-3']) await place(simulator, { reference });
    for (const path of ['/v1/fpr/shipments', '/v1/shipments_exact']) {
      const first = listResponse.parse((await simulator.call('GET', `${path}?limit=2`)).body);
      expect(first.shipments.map(({ customer_reference: reference }) => reference)).toEqual(['list-3', 'list-2']);
      expect(first.count).toBe(2);
      const second = listResponse.parse((await simulator.call('GET', `${path}?limit=2&offset=2`)).body);
      expect(second.shipments[0]?.customer_reference).toBe('list-1');
      expect(second.total_count).toBe(first.total_count);
      for (const query of ['limit=101', 'limit=0', 'limit=x', 'offset=-1'])
        expect(await simulator.call('GET', `${path}?${query}`)).toMatchObject({
          status: 400,
          body: { errors: [expect.anything()] },
        });
    }
  });
});
