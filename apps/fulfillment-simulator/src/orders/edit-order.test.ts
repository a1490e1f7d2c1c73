import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { orderFor, place, read, stateOf } from '../testing/orders.ts';
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

describe('until it is locked, an order', () => {
  test('can be deleted, and its key returns to stock', async () => {
    const stock = await stockOf(globexToken, 106);
    for (const path of ['/v1/fpr/shipments', '/v1/shipments_exact']) {
      const { id } = await place(simulator, { token: globexToken });
      expect(await stockOf(globexToken, 106)).toBe((stock ?? 0) - 1);
      expect(await simulator.call('DELETE', `${path}/${id}`, { token: globexToken })).toMatchObject({ status: 200 });
      expect(await simulator.call('GET', `${path}/${id}`, { token: globexToken })).toMatchObject({ status: 404 });
      expect(await simulator.call('DELETE', `${path}/${id}`, { token: globexToken })).toMatchObject({ status: 404 });
    }
    expect((await simulator.call('GET', '/v1/fpr/shipments', { token: globexToken })).body).toMatchObject({
      total_count: 0,
    });
    expect(await stockOf(globexToken, 106)).toBe(stock);
  });

  test('can be changed in recipient, address and delivery type only', async () => {
    const { id, enrollment } = await place(simulator);
    const order = orderFor(enrollment, { address: { street_line1: '2 Market Street' } });
    const change = { ...order, delivery_type: 2, recipient: { ...order.recipient, recipient_firstname: 'Augusta' } };
    const { shipment_items: _items, ...withoutItems } = change;
    expect(await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body: withoutItems })).toMatchObject({
      status: 200,
      body: {
        delivery_type: 2,
        recipient: { recipient_firstname: 'Augusta' },
        mailing_address: { street_line1: '2 Market Street' },
      },
    });
    const other = { ...change, shipment_items: [{ product_id: 1 }] };
    expect(await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body: other })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'shipment_items', message: 'cannot be changed' }] },
    });
    expect(await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body: {} })).toMatchObject({ status: 400 });
  });
});

describe('an order with an address that could be better', () => {
  const placeSuggested = async () => {
    const placed = await place(simulator, { address: { street_line1: '12 Suggest Street' } });
    simulator.passHours(0.25);
    return placed;
  };

  test('waits at 6 with the suggestion until it is accepted', async () => {
    const { id, enrollment } = await placeSuggested();
    simulator.passHours(100);
    expect(await read(simulator, id)).toMatchObject({
      shipment_state: { shipment_state_id: 6 },
      suggest_street_line1: '12 Main Street',
      suggest_postal_code: '94105',
    });
    const body = orderFor(enrollment, { address: { street_line1: '12 Main Street' } });
    expect(await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body })).toMatchObject({
      status: 200,
      body: { shipment_state: { shipment_state_id: 3 } },
    });
    simulator.passHours(0.25);
    expect(await stateOf(simulator, id)).toBe(4);
    expect(await read(simulator, id)).not.toHaveProperty('suggest_street_line1');
    simulator.passHours(24);
    expect(await stateOf(simulator, id)).toBe(103);
  });

  test('stays at 6 when the same address is sent again, and continues with address_validation_bypass', async () => {
    const { id, enrollment } = await placeSuggested();
    const body = orderFor(enrollment, { address: { street_line1: '12 Suggest Street' } });
    await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body });
    expect(await stateOf(simulator, id)).toBe(6);
    await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body: { ...body, address_validation_bypass: true } });
    simulator.passHours(0.25);
    expect(await stateOf(simulator, id)).toBe(4);
  });
});

test('an order with an undeliverable address waits at 7 until the address is corrected', async () => {
  const { id, enrollment } = await place(simulator, { address: { street_line1: '1 Doubtful Alley' } });
  simulator.passHours(50);
  expect(await read(simulator, id)).toMatchObject({
    shipment_state: { shipment_state_id: 7 },
    shipment_messages: [{}],
  });
  await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body: orderFor(enrollment) });
  simulator.passHours(24);
  expect(await stateOf(simulator, id)).toBe(103);
});

test('a locked order can be neither changed nor deleted', async () => {
  const { id, enrollment } = await place(simulator);
  simulator.passHours(11);
  for (const path of [`/v1/fpr/shipments/${id}`, `/v1/shipments_exact/${id}`])
    expect(await simulator.call('DELETE', path)).toMatchObject({
      status: 409,
      body: { errors: [{ message: 'locked for processing, cannot be deleted' }] },
    });
  expect(await simulator.call('PUT', `/v1/fpr/shipments/${id}`, { body: orderFor(enrollment) })).toMatchObject({
    status: 409,
  });
  expect(await stateOf(simulator, id)).toBe(12);
});
