import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { httpFaults } from '../testing/http-faults.ts';
import { unusedUrl, json, serve, type TestServer } from '../testing/http-server.ts';
import { orderOf } from '../testing/orders.ts';
import { providerError, providerOn } from '../testing/provider-answers.ts';

let server: TestServer;
let provider: FulfillmentPort;
beforeAll(async () => {
  server = await serve();
  provider = providerOn(server);
});
afterAll(() => server.close());

const order = orderOf({ pinRequestJwe: 'pin.jwe', credRequestJwe: 'cred.jwe' });

/** What decides whether a 403 is about the credentials. */
const callsBesideNeutral = (): unknown[] =>
  server.seen.filter(({ path }) => path !== '/v1/fpr/shipments?limit=1&offset=0');

describe('an order fails with', () => {
  test.each(httpFaults(providerError))(
    '$title: $fault, and is sent once',
    async ({ respond, fault, status, retryAfterMs, timeoutMs }) => {
      server.respond(respond);
      const port = providerOn(server, { timeoutMs });
      const thrown = await faultOf(port.placeOrder('acme', order));
      expect(thrown).toMatchObject({ service: 'fulfillment', fault, status, retryAfterMs });
      expect(thrown.message).toMatch(/^fulfillment placeOrder: /);
      expect(everythingIn(thrown)).not.toContain('secret-value');
      expect(callsBesideNeutral()).toHaveLength(1);
    },
  );
});

describe('a read fails with', () => {
  const repeated = new Set(['outcome_unknown', 'unreachable']);
  const cases = httpFaults(providerError).filter(
    ({ title }) => !title.includes('another shape') && title !== '200 with nothing',
  );

  test.each(cases)('$title: $fault', async ({ respond, fault, status, retryAfterMs, timeoutMs }) => {
    server.respond(respond);
    const port = providerOn(server, { timeoutMs });
    expect(await faultOf(port.readOrder('acme', 'abc'))).toMatchObject({ fault, status, retryAfterMs });
    expect(callsBesideNeutral()).toHaveLength(repeated.has(fault) ? 3 : 1);
  });
});

test('without a server, the order was certainly not sent', async () => {
  const port = providerOn(server, { apiUrl: await unusedUrl() });
  expect(await faultOf(port.placeOrder('acme', order))).toMatchObject({ fault: 'unreachable' });
});

test('without a token, the order was certainly not sent', async () => {
  const port = providerOn(server, { token: () => Promise.reject(new RangeError('secret-value')) });
  const thrown = await faultOf(port.placeOrder('acme', order));
  expect(thrown).toMatchObject({ fault: 'unreachable' });
  expect(everythingIn(thrown)).not.toContain('secret-value');
});

describe('the refusals of the provider are listed', () => {
  const bodies: [title: string, errors: unknown, refusals: unknown][] = [
    [
      'as a list of fields',
      [{ field: 'shipment_items[0].product_id', message: 'secret-value' }],
      [{ field: 'shipment_items[0].product_id', code: 'refused' }],
    ],
    ['with a code', [{ field: 'recipient', code: 'too_long' }], [{ field: 'recipient', code: 'too_long' }]],
    [
      'as texts',
      ['invalid_address', 'secret-value is wrong'],
      [
        { field: 'request', code: 'invalid_address' },
        { field: 'request', code: 'refused' },
      ],
    ],
    ['by names', { city: ['secret-value is wrong'] }, [{ field: 'city', code: 'refused' }]],
    ['in a way that cannot be read', 'secret-value', []],
  ];

  test.each(bodies)('%s', async (_title, errors, refusals) => {
    server.respond(json(400, { errors }));
    const thrown = await faultOf(provider.placeOrder('acme', order));
    expect(thrown).toMatchObject({ fault: 'refused', refusals });
    expect(everythingIn(thrown)).not.toContain('secret-value');
  });
});
