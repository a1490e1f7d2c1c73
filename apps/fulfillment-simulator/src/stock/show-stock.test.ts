import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

import { enabledCountries } from '../address/countries.ts';
import { runSimulator, type RunningSimulator } from '../testing/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await runSimulator();
});
afterAll(() => simulator.stop());

test('the inventory lists subscription inventories and single products', async () => {
  const { body } = await simulator.call('GET', '/v1/inventory');
  const { organization_product_inventory: list } = z
    .object({ organization_product_inventory: z.array(z.looseObject({ product_id: z.number() })) })
    .parse(body);
  const find = (id: number) => list.find(({ product_id: listed }) => listed === id);
  expect(find(106)).toMatchObject({
    is_subscription_product: true,
    organization_product_quantity: 10_000,
    organization_id: 'acme',
  });
  expect(find(29)).toMatchObject({
    is_subscription_product: false,
    product_mapping: [29],
    product_name: 'YubiKey 5C NFC',
  });
  expect(body).toMatchObject({ count: list.length, total_count: list.length });
});

test('shippable keys are the sum of all inventories of a product', async () => {
  const { body } = await simulator.call('GET', '/v1/shippablekeys');
  const { result_set: keys } = z.object({ result_set: z.array(z.unknown()) }).parse(body);
  expect(keys).toContainEqual({ product_id: 29, product_name: 'YubiKey 5C NFC', total_keys_available: 50_000 });
});

test('products are read as a list and one by one', async () => {
  expect((await simulator.call('GET', '/v1/products')).body).toMatchObject({ total_count: 11 });
  expect(await simulator.call('GET', '/v1/products/1')).toEqual({
    status: 200,
    body: { product_id: 1, product_name: 'YubiKey 5 NFC' },
  });
  expect((await simulator.call('GET', '/v1/products/999')).status).toBe(404);
});

test('countries are CSV with two plain fields per line', async () => {
  const { body } = await simulator.call('GET', '/v1/countries/csv');
  const lines = z.string().parse(body).trimEnd().split('\r\n');
  expect(lines[0]).toBe('country_code_2,country_name');
  expect(lines).toContain('DE,Germany');
  expect(lines).toHaveLength(enabledCountries.length + 1);
  for (const line of lines) expect(line).toMatch(/^[^,"]+,[^,"]+$/);
});
