import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';
import { CompactEncrypt, generateKeyPair } from 'jose';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type TestServer } from '../testing/http-server.ts';
import { placed, providerOn } from '../testing/provider-answers.ts';
import { stateOf } from './provider-states.ts';

let server: TestServer;
let provider: FulfillmentPort;
beforeAll(async () => {
  server = await serve();
  provider = providerOn(server);
});
afterAll(() => server.close());

describe('readOrder', () => {
  const nothingYet = { carrier: null, trackingNumber: null, trackingUrl: null, suggestion: null, programmed: null };

  test('reads the nested shape', async () => {
    server.respond(
      json(200, {
        ...placed,
        customer_reference: 'kc-1',
        recipient: { recipient_email: 'ada@acme.example' },
        shipment_request_date: '2026-01-02T03:04:05.000Z',
        shipment_items: [{ product_data: [] }],
      }),
    );
    await expect(provider.readOrder('acme', 'abc')).resolves.toEqual({
      orderId: 'abc',
      state: stateOf(3),
      reference: 'kc-1',
      recipientEmail: 'ada@acme.example',
      createdAt: new Date('2026-01-02T03:04:05.000Z'),
      ...nothingYet,
    });
  });

  test('reads the flat shape, whose times have no zone', async () => {
    server.respond(
      json(200, {
        shipment_id: 'abc',
        shipment_state_id: 104,
        recipient_email: 'ada@acme.example',
        recipient: 'Acme Inc.',
        shipment_request_date: '2026-01-02 03:04:05',
        carrier: 'FEDEX',
        tracking_number: 794812,
        tracking_link: 'https://www.fedex.com/track?n=794812',
        is_delivered: true,
      }),
    );
    await expect(provider.readOrder('acme', 'abc')).resolves.toEqual({
      orderId: 'abc',
      state: stateOf(104),
      reference: null,
      recipientEmail: 'ada@acme.example',
      createdAt: new Date('2026-01-02T03:04:05.000Z'),
      carrier: 'FEDEX',
      trackingNumber: '794812',
      trackingUrl: 'https://www.fedex.com/track?n=794812',
      suggestion: null,
      programmed: null,
    });
  });

  const suggested = {
    suggest_street_line1: '1 Main Street',
    suggest_street_line2: '',
    suggest_city: 'San Francisco',
    suggest_region: null,
    suggest_postal_code: 94_105,
  };

  test('reads the suggested address in the state that needs a decision, and in no other', async () => {
    server.respond(json(200, { ...placed, ...suggested, shipment_state: { shipment_state_id: 6 } }));
    await expect(provider.readOrder('acme', 'abc')).resolves.toMatchObject({
      state: stateOf(6),
      suggestion: {
        streetLine1: '1 Main Street',
        streetLine2: null,
        city: 'San Francisco',
        state: null,
        zipCode: '94105',
      },
    });
    server.respond(json(200, { ...placed, ...suggested, shipment_state: { shipment_state_id: 3 } }));
    await expect(provider.readOrder('acme', 'abc')).resolves.toMatchObject({ suggestion: null });
  });

  test.each(['suggest_street_line1', 'suggest_city', 'suggest_postal_code'])(
    'there is no suggestion without %s',
    async (missing) => {
      const state = { shipment_state_id: 6 };
      server.respond(json(200, { ...placed, ...suggested, shipment_state: state, [missing]: ' ' }));
      await expect(provider.readOrder('acme', 'abc')).resolves.toMatchObject({ state: stateOf(6), suggestion: null });
    },
  );

  test('drops a link that is not a web address', async () => {
    server.respond(json(200, { ...placed, tracking_link: 'javascript:alert(1)' }));
    await expect(provider.readOrder('acme', 'abc')).resolves.toMatchObject({ trackingUrl: null });
  });

  const jweOf = async (kid?: string): Promise<string> => {
    const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-384' });
    return new CompactEncrypt(new TextEncoder().encode('x'))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', ...(kid === undefined ? {} : { kid }) })
      .encrypt(publicKey);
  };

  test('finds the programmed key under both sets of names, its credentials by key id', async () => {
    const [named, nameless] = [await jweOf('key-1'), await jweOf()];
    const shapes = [
      {
        serial_number: '3632071',
        firmware_version: '5.7.4',
        fido_pin_response: 'p',
        fido_credential_responses: [named, nameless, 'junk'],
        fido_pin_copy: 'copy',
      },
      { serial: 3_632_071, version: '5.7.4', fido_pin_response: 'p', fido_credential_response: named },
    ];
    const read = async (data: unknown) => {
      server.respond(json(200, { ...placed, shipment_items: [{ product_data: [{}, data] }] }));
      return (await provider.readOrder('acme', 'abc')).programmed;
    };
    await expect(read(shapes[0])).resolves.toEqual({
      serial: '3632071',
      firmware: '5.7.4',
      pinResponseJwe: 'p',
      credResponses: [
        { keyId: 'key-1', jwe: named },
        { keyId: null, jwe: nameless },
        { keyId: null, jwe: 'junk' },
      ],
      pinCopyJwe: 'copy',
    });
    await expect(read(shapes[1])).resolves.toEqual({
      serial: '3632071',
      firmware: '5.7.4',
      pinResponseJwe: 'p',
      credResponses: [{ keyId: 'key-1', jwe: named }],
      pinCopyJwe: null,
    });
  });

  test.each(['serial_number', 'firmware_version', 'fido_pin_response', 'fido_credential_responses'])(
    'a key without %s is not programmed yet',
    async (missing) => {
      const data = {
        serial_number: '1',
        firmware_version: '5.7.4',
        fido_pin_response: 'p',
        fido_credential_responses: ['c'],
        [missing]: null,
      };
      server.respond(json(200, { ...placed, shipment_items: [{ product_data: [data] }] }));
      await expect(provider.readOrder('acme', 'abc')).resolves.toMatchObject({ programmed: null });
    },
  );

  test('the answer for another order is outcome_unknown', async () => {
    server.respond(json(200, { ...placed, shipment_id: 'other' }));
    expect(await faultOf(provider.readOrder('acme', 'abc'))).toMatchObject({ fault: 'outcome_unknown' });
  });

  test('escapes the id, and sends no request for an impossible one', async () => {
    server.respond(json(200, { ...placed, shipment_id: 'a/b?c' }));
    await provider.readOrder('acme', 'a/b?c');
    expect(server.seen).toMatchObject([{ path: '/v1/fpr/shipments/a%2Fb%3Fc' }]);
    expect(await faultOf(provider.readOrder('acme', '..'))).toMatchObject({ fault: 'not_found' });
    expect(server.seen).toHaveLength(1);
  });
});
