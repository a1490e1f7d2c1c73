import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { faultOf } from '../testing/fault-of.ts';
import { drop, json, serve, type TestServer } from '../testing/http-server.ts';
import { orderOf } from '../testing/orders.ts';
import { placed, providerError, providerOn } from '../testing/provider-answers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const { profile, recipientEmail } = orderOf({ pinRequestJwe: 'pin.jwe', credRequestJwe: 'cred.jwe' });
const label = { profile, recipientEmail, deliveryType: 2, isFinal: false };

describe('editOrder', () => {
  const sent = {
    delivery_type: 2,
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
  };

  test.each([
    ['an edit sends who, where and how fast, and no product', false, sent],
    ['a final one also has the check of the address passed over', true, { ...sent, address_validation_bypass: true }],
  ])('%s', async (_title, isFinal, body) => {
    server.respond(json(200, placed));
    await expect(providerOn(server).editOrder('acme', 'a/b', { ...label, isFinal })).resolves.toBeUndefined();
    expect(server.seen).toMatchObject([
      { method: 'PUT', path: '/v1/fpr/shipments/a%2Fb', headers: { authorization: 'Bearer bearer-token' } },
    ]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual(body);
  });

  test('a locked order is refused, and a deleted one is not found', async () => {
    server.respond(json(409, providerError));
    const port = providerOn(server);
    expect(await faultOf(port.editOrder('acme', 'abc', label))).toMatchObject({ fault: 'refused', status: 409 });
    server.respond(json(404, providerError));
    expect(await faultOf(port.editOrder('acme', 'abc', label))).toMatchObject({ fault: 'not_found' });
  });

  test('is sent once: the step decides whether to repeat an unanswered one', async () => {
    server.respond(drop);
    expect(await faultOf(providerOn(server).editOrder('acme', 'abc', label))).toMatchObject({
      fault: 'outcome_unknown',
    });
    expect(server.seen).toHaveLength(1);
  });
});
