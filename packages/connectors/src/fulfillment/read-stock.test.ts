import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type Respond, type TestServer } from '../testing/http-server.ts';
import { createStockReader, type ReadStock } from './read-stock.ts';

let server: TestServer;
let readStock: ReadStock;
beforeAll(async () => {
  server = await serve();
  const settings = { apiUrl: `${server.url}/v1`, keysUrl: server.url, token: () => 'bearer-token' };
  readStock = createStockReader(() => settings, { retryDelayMs: 1 });
});
afterAll(() => server.close());

const row = (id: unknown, quantity: unknown, part: object = {}): object => ({
  product_id: id,
  product_name: `Bucket ${String(id)}`,
  inventory_type: 3,
  organization_product_quantity: quantity,
  ...part,
});
const answer = (rows: readonly unknown[], part: object = {}) =>
  json(200, { organization_product_inventory: rows, ...part });

const inTurn = (answers: Respond[]): Respond => {
  const left = [...answers];
  return (request, response) => left.shift()?.(request, response);
};

test('numbers come as numbers or as text, and what was requested beyond the stock is below 0', async () => {
  server.respond(answer([row(106, 12), row('107', '-3'), row(29, 7, { product_name: null, inventory_type: null })]));
  expect(await readStock('acme')).toEqual([
    { inventoryProductId: '106', name: 'Bucket 106', inventoryType: '3', quantity: 12 },
    { inventoryProductId: '107', name: 'Bucket 107', inventoryType: '3', quantity: -3 },
    { inventoryProductId: '29', name: 'Inventory 29', inventoryType: '', quantity: 7 },
  ]);
});

test('a bucket in several rows is their sum, and rows that cannot be read are left out', async () => {
  server.respond(answer([row(106, 12), row(106, 5), row(107, 'many'), row(108, null), row(null, 4), 'a row', null]));
  expect(await readStock('acme')).toMatchObject([{ inventoryProductId: '106', quantity: 17 }]);
});

test('all pages are read, and an empty one ends the reading', async () => {
  const total = { total_count: 5 };
  server.respond(inTurn([answer([row(1, 1), row(2, 2)], total), answer([row(3, 3)], total), answer([], total)]));
  expect(await readStock('acme')).toHaveLength(3);
  expect(server.seen.map(({ path }) => path)).toEqual([
    '/v1/inventory',
    '/v1/inventory?limit=100&offset=2',
    '/v1/inventory?limit=100&offset=3',
  ]);
});

test.each([403, 404, 405])('an account that gets %d has no stock to read', async (status) => {
  server.respond(json(status, {}));
  expect(await readStock('acme')).toBeNull();
});

test('an answer of another shape is a fault, not an empty stock', async () => {
  server.respond(json(200, { inventory: [] }));
  expect(await faultOf(readStock('acme'))).toMatchObject({ fault: 'outcome_unknown' });
});
