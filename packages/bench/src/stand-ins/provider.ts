/**
 * Stands in for a fulfillment provider, in a process of its own: each order is programmed and delivered at the first
 * read, with a key and a PIN copy that were prepared before.
 */
import { z } from 'zod';

import { answerRequests } from '../measure/answer-requests.ts';
import { json, serve, type Answer } from './http.ts';
import { readPreparedKeys, type PreparedKeys } from './prepared-keys.ts';

const { signingKey, keys } = await readPreparedKeys(process.env['PREPARED_KEYS'] ?? '');
const notFound = json(404, { message: 'not found' });
const transportKeys = json(200, {
  keys: [{ kty: 'EC', crv: 'P-384', use: 'enc', kid: 'transport-1', x: 'x'.repeat(64), y: 'y'.repeat(64) }],
});
const signingKeys = json(200, { keys: [signingKey] });

interface Order {
  key: PreparedKeys['keys'][number];
  reference: string;
  credentialRequests: readonly string[];
}

const orders = new Map<string, Order>();

const orderBody = z.looseObject({
  customer_reference: z.string(),
  shipment_items: z.tuple([
    z.looseObject({
      product_customizations: z.tuple([z.looseObject({ fido_credential_requests: z.array(z.string()) })]),
    }),
  ]),
});

function place(body: string): Answer {
  const key = keys[orders.size];
  if (key === undefined) return json(500, { message: 'no prepared key is left' });
  const { customer_reference: reference, shipment_items: items } = orderBody.parse(JSON.parse(body));
  const credentialRequests = items[0].product_customizations[0].fido_credential_requests;
  orders.set(key.orderId, { key, reference, credentialRequests });
  return json(201, {
    shipment_id: key.orderId,
    shipment_state: { shipment_state_id: 2 },
    customer_reference: reference,
  });
}

function show(orderId: string): Answer {
  const order = orders.get(orderId);
  if (order === undefined) return notFound;
  const { key, reference, credentialRequests } = order;
  return json(200, {
    shipment_id: orderId,
    shipment_state: { shipment_state_id: 104 },
    customer_reference: reference,
    carrier: 'DHL',
    tracking_number: `T${key.serial}`,
    shipment_items: [
      {
        product_data: [
          {
            serial_number: key.serial,
            firmware_version: '5.7.4',
            fido_pin_response: credentialRequests[0],
            fido_pin_copy: key.pinCopy,
            // The header names the key id of the request, which is all that is read of it here.
            fido_credential_responses: credentialRequests,
          },
        ],
      },
    ],
  });
}

const url = await serve((method, path, body) => {
  const [, orderId] = /^\/v1\/fpr\/shipments\/([^/?]+)$/.exec(path) ?? [];
  if (method === 'GET' && orderId !== undefined) return show(decodeURIComponent(orderId));
  if (method === 'POST' && path === '/v1/fpr/shipments') return place(body);
  if (method === 'POST' && path === '/v1/validate-address') return json(200, { status: 'deliverable' });
  if (path === '/v1/countries/csv')
    return { status: 200, body: 'country_code_2\nGB\nUS\nDE\n', headers: { 'content-type': 'text/csv' } };
  if (path === '/.well-known/yubico-transport-keys.jwks') return transportKeys;
  if (path === '/.well-known/yubico-sign.jwks') return signingKeys;
  return notFound;
});
answerRequests(url, async () => orders.size);
