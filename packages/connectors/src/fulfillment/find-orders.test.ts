import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type TestServer } from '../testing/http-server.ts';
import { createFulfillmentPort } from './create-fulfillment-port.ts';

let server: TestServer;
let provider: FulfillmentPort;
beforeAll(async () => {
  server = await serve();
  const settings = { apiUrl: `${server.url}/v1/`, keysUrl: server.url, token: () => 'token' };
  provider = createFulfillmentPort(() => settings, { resilience: { retryDelayMs: 1 } });
});
afterAll(() => server.close());

const noon = Date.parse('2026-01-02T12:00:00Z');
const shipment = (number: number, minutesAgo: number | null, reference = `kc-${number}`) => ({
  shipment_id: `id-${number}`,
  shipment_state: { shipment_state_id: 3 },
  customer_reference: reference,
  ...(minutesAgo === null ? {} : { shipment_request_date: new Date(noon - minutesAgo * 60_000).toISOString() }),
});

type Listed = ReturnType<typeof shipment>;

/** Lists the orders, at most `most` a page. `between` runs after every page. */
function list(shipments: Listed[], options: { most?: number; total?: boolean; between?: () => void } = {}): void {
  server.respond((request, response) => {
    const query = new URL(request.path, server.url).searchParams;
    const offset = Number(query.get('offset'));
    const page = shipments.slice(offset, offset + Math.min(Number(query.get('limit')), options.most ?? 100));
    json(200, { shipments: page, ...(options.total === false ? {} : { total_count: shipments.length }) })(
      request,
      response,
    );
    options.between?.();
  });
}

const find = async (prefix = 'kc-', minutes = 60): Promise<string[]> => {
  const orders = await provider.findOrders('acme', {
    referencePrefix: prefix,
    since: new Date(noon - minutes * 60_000),
  });
  return orders.map(({ orderId }) => orderId);
};
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('orders are found by the prefix of their reference, newest first', async () => {
  list([shipment(1, 5), shipment(2, 6, 'other-2'), shipment(3, 7), { ...shipment(4, 8), customer_reference: '' }]);
  await expect(find()).resolves.toEqual(['id-1', 'id-3']);
  await expect(find('kc-3')).resolves.toEqual(['id-3']);
  expect(server.seen).toHaveLength(2);
});

test('the search starts a minute earlier, and includes every order without a time', async () => {
  list([shipment(1, 61), shipment(2, 62), shipment(3, null)]);
  await expect(find()).resolves.toEqual(['id-3', 'id-1']);
});

describe('every page is read', () => {
  test.each([{ total: true }, { total: false }])('until the end: %j', async ({ total }) => {
    list(
      numbers(250).map((number) => shipment(number, 1)),
      { total },
    );
    await expect(find()).resolves.toHaveLength(250);
  });

  test('also when the provider returns fewer than requested', async () => {
    list(
      numbers(45).map((number) => shipment(number, 1)),
      { most: 7, total: false },
    );
    await expect(find()).resolves.toHaveLength(45);
  });

  test('until one is older than `since`', async () => {
    list(numbers(1_000).map((number) => shipment(number, number)));
    await expect(find()).resolves.toHaveLength(62);
    expect(server.seen).toHaveLength(1);
  });

  test('to the end when the oldest are first', async () => {
    list(numbers(250).map((number) => shipment(number, 250 - number)));
    await expect(find()).resolves.toHaveLength(61);
  });
});

test('an order deleted between two pages hides no other', async () => {
  const shipments = numbers(150).map((number) => shipment(number, 1));
  let pages = 0;
  list(shipments, { between: () => (pages += 1) === 1 && shipments.splice(0, 5) });
  await expect(find()).resolves.toEqual(expect.arrayContaining(numbers(150).map((number) => `id-${number}`)));
});

test('orders placed between two pages are listed once', async () => {
  const shipments = numbers(150).map((number) => shipment(number, 1));
  let pages = 0;
  list(shipments, { between: () => (pages += 1) === 1 && shipments.unshift(shipment(900, 0), shipment(901, 0)) });
  const found = await find();
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining(numbers(150).map((number) => `id-${number}`)));
});

test.each([
  { orders: [] },
  { shipments: null },
  { shipments: [{ shipment_id: null }] },
  { shipments: [{ customer_reference: 'kc-1' }] },
])('a list that cannot be read is not an empty list: %j', async (body) => {
  server.respond(json(200, body));
  expect(await faultOf(find())).toMatchObject({ fault: 'outcome_unknown' });
});

test('a bare list is accepted too', async () => {
  server.respond((request, response) =>
    json(200, request.path.endsWith('offset=0') ? [shipment(1, 1)] : [])(request, response),
  );
  await expect(find()).resolves.toEqual(['id-1']);
});
