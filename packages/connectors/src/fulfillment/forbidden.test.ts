import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type TestServer } from '../testing/http-server.ts';
import { orderOf } from '../testing/orders.ts';
import { providerError, providerOn } from '../testing/provider-answers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const neutralPath = '/v1/fpr/shipments?limit=1&offset=0';

/** A provider that answers 403 to these requests, each `METHOD path`. */
function providerThatForbids(...requests: readonly RegExp[]): FulfillmentPort {
  server.respond((request, response) => {
    const isForbidden = requests.some((one) => one.test(`${request.method} ${request.path}`));
    (isForbidden ? json(403, providerError) : json(200, { shipments: [], total_count: 0 }))(request, response);
  });
  return providerOn(server);
}

const label = {
  profile: orderOf({ pinRequestJwe: 'p', credRequestJwe: 'c' }).profile,
  recipientEmail: '',
  deliveryType: 1,
  isFinal: false,
};
const ofOneOrder: [string, (provider: FulfillmentPort) => Promise<unknown>, RegExp][] = [
  [
    'placing it',
    (provider) => provider.placeOrder('acme', orderOf({ pinRequestJwe: 'p', credRequestJwe: 'c' })),
    /^POST/,
  ],
  ['reading it', (provider) => provider.readOrder('acme', 'abc'), /^GET .*abc$/],
  ['changing it', (provider) => provider.editOrder('acme', 'abc', label), /^PUT/],
  ['deleting it', (provider) => provider.deleteOrder('acme', 'abc'), /^DELETE/],
];

test.each(ofOneOrder)('a 403 for one order, %s, is forbidden while orders may be listed', async (_, call, request) => {
  expect(await faultOf(call(providerThatForbids(request)))).toMatchObject({ fault: 'forbidden', status: 403 });
  expect(server.seen.filter(({ path }) => path === neutralPath)).toHaveLength(1);
});

test.each(ofOneOrder)(
  'a 403 for one order, %s, is unauthorized when no order may be listed',
  async (_, call, request) => {
    expect(await faultOf(call(providerThatForbids(request, /limit=1/)))).toMatchObject({ fault: 'unauthorized' });
  },
);

test('a 403 for the list of orders is about the token, and for the published keys it is not', async () => {
  const query = { referencePrefix: 'kc-', since: new Date(0) };
  expect(await faultOf(providerThatForbids(/./).findOrders('acme', query))).toMatchObject({ fault: 'unauthorized' });
  expect(await faultOf(providerThatForbids(/./).signingKeys('acme'))).toMatchObject({ fault: 'refused', status: 403 });
  expect(await faultOf(providerThatForbids(/./).transportKey('acme'))).toMatchObject({ fault: 'refused', status: 403 });
});
