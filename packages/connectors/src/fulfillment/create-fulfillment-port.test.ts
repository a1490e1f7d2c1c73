import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type TestServer } from '../testing/http-server.ts';
import { orderOf } from '../testing/orders.ts';
import { placed, providerError, providerOn } from '../testing/provider-answers.ts';
import { stateOf } from './provider-states.ts';

let server: TestServer;
let provider: FulfillmentPort;
beforeAll(async () => {
  server = await serve();
  provider = providerOn(server);
});
afterAll(() => server.close());

const order = orderOf({ pinRequestJwe: 'pin.jwe', credRequestJwe: 'cred.jwe' });

describe('placeOrder', () => {
  test('orders one key for one address, with ids as numbers and our reference', async () => {
    server.respond(json(201, placed));
    await expect(provider.placeOrder('acme', order)).resolves.toEqual({ orderId: 'abc', state: stateOf(3) });
    expect(server.seen).toMatchObject([
      { method: 'POST', path: '/v1/fpr/shipments', headers: { authorization: 'Bearer bearer-token' } },
    ]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      delivery_type: 1,
      customer_reference: 'kc-1',
      recipient: {
        recipient_company: 'Acme Inc.',
        recipient_email: 'ada@acme.example',
        recipient_firstname: 'Ada',
        recipient_lastname: 'Lovelace',
        recipient_telephone: '+14155550100',
      },
      mailing_address: {
        street_line1: '1 Market Street',
        street_line2: '',
        city: 'San Francisco',
        region: 'CA',
        postal_code: '94105',
        country_code_2: 'US',
      },
      shipment_items: [
        {
          product_id: 29,
          inventory_product_id: 106,
          product_quantity: 1,
          customization_id: 'RXJN83',
          product_customizations: [{ fido_pin_request: 'pin.jwe', fido_credential_requests: ['cred.jwe'] }],
        },
      ],
    });
  });

  test('keeps the id of an order with an unreadable state', async () => {
    server.respond(json(201, { shipment_id: 4711, shipment_state: 'received' }));
    await expect(provider.placeOrder('acme', order)).resolves.toEqual({ orderId: '4711', state: stateOf(0) });
  });

  test('refuses an id that is not a number before anything is sent', async () => {
    server.respond(json(201, placed));
    const thrown = await faultOf(
      provider.placeOrder('acme', { ...order, product: { ...order.product, productId: '29a' } }),
    );
    expect(thrown).toMatchObject({ fault: 'refused', refusals: [{ field: 'productId', code: 'not_a_number' }] });
    expect(server.seen).toHaveLength(0);
  });
});

test('a locked order is refused, and a deleted one is not found', async () => {
  server.respond(json(409, providerError));
  expect(await faultOf(provider.deleteOrder('acme', 'abc'))).toMatchObject({ fault: 'refused', status: 409 });
  server.respond(json(404, providerError));
  expect(await faultOf(provider.deleteOrder('acme', 'abc'))).toMatchObject({ fault: 'not_found' });
  server.respond(json(200, {}));
  await expect(provider.deleteOrder('acme', 'abc')).resolves.toBeUndefined();
  expect(server.seen).toMatchObject([{ method: 'DELETE', path: '/v1/fpr/shipments/abc' }]);
});

describe('published keys', () => {
  const key = (kid: string, part = {}) => ({
    kty: 'EC',
    crv: 'P-384',
    use: 'enc',
    alg: 'ECDH-ES+A256KW',
    kid,
    x: 'x',
    y: 'y',
    ...part,
  });

  test('a transport key is one of the usable ones at random, with only the members that Okta accepts', async () => {
    server.respond(
      json(200, {
        keys: [key('a'), key('b'), key('sig', { use: 'sig' }), key('small', { crv: 'P-256' }), { kty: 'RSA' }],
      }),
    );
    const port = providerOn(server);
    const kids = new Set<string>();
    while (kids.size < 2) {
      const picked = await port.transportKey('acme');
      expect(picked).toEqual({ kty: 'EC', crv: 'P-384', use: 'enc', kid: picked.kid, x: 'x', y: 'y' });
      kids.add(picked.kid);
    }
    expect(kids).toEqual(new Set(['a', 'b']));
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ path: '/.well-known/yubico-transport-keys.jwks' });
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('signing keys are unchanged', async () => {
    const keys = [key('s', { use: 'sig', alg: 'ES384', x5c: ['MII'] })];
    server.respond(json(200, { keys }));
    await expect(providerOn(server).signingKeys('acme')).resolves.toEqual(keys);
    expect(server.seen).toMatchObject([{ path: '/.well-known/yubico-sign.jwks' }]);
  });

  test('are read again after five minutes', async () => {
    let nowMs = 0;
    server.respond(json(200, { keys: [key('a')] }));
    const port = providerOn(server, {}, () => nowMs);
    await port.transportKey('acme');
    nowMs = 299_999;
    await port.transportKey('acme');
    expect(server.seen).toHaveLength(1);
    nowMs = 300_000;
    await port.transportKey('acme');
    expect(server.seen).toHaveLength(2);
  });

  test('without a usable one there is no transport key', async () => {
    server.respond(json(200, { keys: [] }));
    expect(await faultOf(providerOn(server).transportKey('acme'))).toMatchObject({ fault: 'outcome_unknown' });
  });
});
