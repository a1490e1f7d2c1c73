import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { enroll } from '../testing/okta-org.ts';
import { orderFor, place, read, readKey, stateOf } from '../testing/orders.ts';
import { globexToken, runSimulator, type RunningSimulator } from '../testing/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await runSimulator();
});
afterEach(async () => {
  await simulator.call('PUT', '/sim/clock', { body: { speed: 1 } });
  await simulator.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 100 }] });
});
afterAll(() => simulator.stop());

const setState = (id: string, stateId: number | null) =>
  simulator.call('POST', `/sim/shipments/${id}/state`, { body: { stateId } });

describe('the clock', () => {
  test('runs at the speed that was set, and stops at 0', async () => {
    expect((await simulator.call('GET', '/sim/clock')).body).toMatchObject({ speed: 1 });
    const { id } = await place(simulator);
    await simulator.call('PUT', '/sim/clock', { body: { speed: 24 } });
    simulator.passHours(1);
    expect(await stateOf(simulator, id)).toBe(103);
    await simulator.call('PUT', '/sim/clock', { body: { speed: 0 } });
    simulator.passHours(1_000);
    expect(await stateOf(simulator, id)).toBe(103);
    await simulator.call('PUT', '/sim/clock', { body: { speed: 1 } });
    simulator.passHours(48);
    expect(await stateOf(simulator, id)).toBe(104);
  });

  test.each([{ speed: -1 }, { speed: 'fast' }, {}, { speed: 1, more: 1 }, { speed: 1e12 }])(
    'refuses %j',
    async (body) => {
      expect(await simulator.call('PUT', '/sim/clock', { body })).toMatchObject({
        status: 400,
        body: { error: expect.any(String) },
      });
    },
  );
});

describe('a state set by hand', () => {
  test('may be any, and the clock ignores the shipment until the state is reset to null', async () => {
    const { id } = await place(simulator);
    for (const stateId of [105, 106, 1025, 4711]) {
      expect(await setState(id, stateId)).toMatchObject({
        status: 200,
        body: { shipment_state: { shipment_state_id: stateId } },
      });
      simulator.passHours(1);
      expect(await stateOf(simulator, id)).toBe(stateId);
    }
    expect((await read(simulator, id)).shipment_items[0].product_data).toEqual([]);
    simulator.passHours(20);
    expect(await setState(id, null)).toMatchObject({ body: { shipment_state: { shipment_state_id: 103 } } });
    simulator.passHours(48);
    expect(await stateOf(simulator, id)).toBe(104);
  });

  test('of 103 or 104 programs the key, once', async () => {
    const { id } = await place(simulator);
    await setState(id, 103);
    const key = await readKey(simulator, id);
    await setState(id, 106);
    expect(await readKey(simulator, id)).toEqual(key);
    await setState(id, 104);
    expect(await readKey(simulator, id)).toEqual(key);
    expect(await read(simulator, id)).toMatchObject({ is_shipped: true, is_delivered: true });
  });

  test('of an unknown shipment is a 404, and one that is not an integer a 400', async () => {
    expect((await setState('unknown', 103)).status).toBe(404);
    const { id } = await place(simulator);
    expect((await setState(id, 1.5)).status).toBe(400);
  });
});

describe('stock', () => {
  test('that has run out refuses orders until there is more, for one organization or for all', async () => {
    await simulator.call('PUT', '/sim/inventory', {
      body: [{ organization: 'acme', inventoryProductId: 106, quantity: 1 }],
    });
    await place(simulator);
    const body = orderFor(await enroll(simulator.url()));
    expect(await simulator.call('POST', '/v1/fpr/shipments', { body })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'shipment_items[0].inventory_product_id', message: 'is out of stock' }] },
    });
    await place(simulator, { token: globexToken });
    await simulator.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 5 }] });
    await place(simulator);
  });

  test('of one key is sold once when several order it at once', async () => {
    await simulator.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 1 }] });
    const bodies = await Promise.all([enroll(simulator.url()), enroll(simulator.url()), enroll(simulator.url())]);
    const replies = await Promise.all(
      bodies.map((enrollment) => simulator.call('POST', '/v1/fpr/shipments', { body: orderFor(enrollment) })),
    );
    expect(replies.map(({ status }) => status).sort((one, other) => one - other)).toEqual([201, 400, 400]);
  });

  test('of an unknown inventory cannot be set', async () => {
    const body = [{ inventoryProductId: 4711, quantity: 1 }];
    expect(await simulator.call('PUT', '/sim/inventory', { body })).toMatchObject({ status: 400 });
  });
});
