import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import pg from 'pg';

import { place, read, readKey, shipmentResponse, stateOf } from '../testing/orders.ts';
import { runSimulator, type RunningSimulator } from '../testing/running-simulator.ts';
import { decryptPin } from '../testing/verify-key.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await runSimulator();
});
afterAll(() => simulator.stop());

async function query({ databaseUrl }: RunningSimulator, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A sequence is not rolled back with its transaction, so it counts every attempt to program a key. */
async function usedSerials(): Promise<number> {
  const used =
    "select coalesce(last_value - start_value + 1, 0)::integer as used from pg_sequences where sequencename = 'yubikey_serials'";
  const [row] = await query(simulator, used);
  return Number(row?.['used']);
}

test('a shipment changes state by the provider clock and has dates of the wall clock', async () => {
  const { id } = await place(simulator);
  expect(await stateOf(simulator, id)).toBe(3);
  const seen: number[] = [];
  for (const hours of [0.25, 10.75, 1, 1, 1, 10, 48]) {
    simulator.passHours(hours);
    seen.push(await stateOf(simulator, id));
  }
  expect(seen).toEqual([4, 12, 100, 101, 102, 103, 104]);
  expect(await read(simulator, id)).toMatchObject({
    is_sent_to_fulfillment: true,
    is_shipped: true,
    is_delivered: true,
    carrier: 'FEDEX',
    tracking_number: expect.stringMatching(/^\d{12}$/),
    tracking_link: expect.stringContaining('tracknumbers='),
    shipped_date: expect.any(String),
    delivered_date: expect.any(String),
  });
});

test('concurrent readers of a shipment that is due program its key once', async () => {
  const usedBefore = await usedSerials();
  const { id, enrollment } = await place(simulator);
  simulator.passHours(24);
  const path = `/v1/fpr/shipments/${id}`;
  const [first, ...others] = await Promise.all(Array.from({ length: 6 }, () => simulator.call('GET', path)));
  for (const other of others) expect(other).toEqual(first);
  expect(shipmentResponse.parse(first?.body).shipment_items[0].product_data).toHaveLength(1);
  expect(await usedSerials()).toBe(usedBefore + 1);
  expect((await decryptPin(simulator, id, enrollment)).pin).toMatch(/^\d{6}$/);
});

test('a key that is read again and delivered later is the same key', async () => {
  const { id } = await place(simulator);
  simulator.passHours(24);
  const shipped = await readKey(simulator, id);
  simulator.passHours(48);
  expect(await stateOf(simulator, id)).toBe(104);
  expect(await readKey(simulator, id)).toEqual(shipped);
});

test('a shipment that is first read after its delivery has a programmed key', async () => {
  const { id, enrollment } = await place(simulator);
  simulator.passHours(1_000);
  expect(await stateOf(simulator, id)).toBe(104);
  expect((await decryptPin(simulator, id, enrollment)).pin).toMatch(/^\d{6}$/);
});

test('keys are programmed although no client reads them', async () => {
  const ticking = await runSimulator({ tickMs: 10 });
  try {
    await place(ticking);
    ticking.passHours(24);
    const programmed = () => query(ticking, 'select 1 from shipments where product_data is not null');
    await until(programmed, ({ length }) => length > 0);
    expect(await query(ticking, 'select state_id, pin_request_jwe, credential_request_jwes from shipments')).toEqual([
      { state_id: 103, pin_request_jwe: null, credential_request_jwes: null },
    ]);
  } finally {
    await ticking.stop();
  }
});

test('after a restart the provider has the same keys and its shipments continue', async () => {
  const transportKeys = () => simulator.call('GET', '/.well-known/yubico-transport-keys.jwks');
  const signKeys = () => simulator.call('GET', '/.well-known/yubico-sign.jwks');
  const [transport, sign] = [await transportKeys(), await signKeys()];
  const { id, enrollment } = await place(simulator);
  await simulator.call('PUT', '/sim/clock', { body: { speed: 2 } });
  await simulator.restart();
  expect([await transportKeys(), await signKeys()]).toEqual([transport, sign]);
  expect((await simulator.call('GET', '/sim/clock')).body).toMatchObject({ speed: 2 });
  simulator.passHours(12);
  expect(await stateOf(simulator, id)).toBe(103);
  expect((await decryptPin(simulator, id, enrollment)).pin).toMatch(/^\d{6}$/);
});
