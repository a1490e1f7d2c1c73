import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { enroll } from '../testing/okta-org.ts';
import { orderFor, place } from '../testing/orders.ts';
import { globexToken, runSimulator, type RunningSimulator } from '../testing/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await runSimulator();
});
afterEach(async () => {
  await simulator.call('PUT', '/sim/faults', { body: [] });
  await simulator.call('DELETE', '/sim/requests');
});
afterAll(() => simulator.stop());

const loggedRequests = z.array(
  z.strictObject({
    organization: z.string().nullable(),
    reference: z.string().nullable(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    outcome: z.string().nullable(),
    status: z.number().nullable(),
  }),
);
const readLog = async () => loggedRequests.parse((await simulator.call('GET', '/sim/requests')).body);
const setFaults = (faults: unknown) => simulator.call('PUT', '/sim/faults', { body: faults });

test('the log has every request for an order, in order and with its outcome', async () => {
  await place(simulator, { reference: 'one' });
  await place(simulator, { reference: 'two', token: globexToken });
  await simulator.call('POST', '/v1/fpr/shipments', { body: { customer_reference: 'three' } });
  await simulator.call('POST', '/v1/fpr/shipments', { body: {}, token: 'wrong' });
  await simulator.call('GET', '/v1/fpr/shipments');
  const logged = await readLog();
  expect(logged).toMatchObject([
    { organization: 'acme', reference: 'one', outcome: 'created', status: 201 },
    { organization: 'globex', reference: 'two', outcome: 'created', status: 201 },
    { organization: 'acme', reference: 'three', outcome: 'refused', status: 400 },
    { organization: null, reference: null, outcome: 'refused', status: 401 },
  ]);
  for (const { startedAt, endedAt } of logged)
    expect(Date.parse(endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt));
  await simulator.call('DELETE', '/sim/requests');
  expect(await readLog()).toEqual([]);
});

test('the log has the outcome of a request with a fault', async () => {
  const match = { method: 'POST', path: '/v1/fpr/shipments' };
  const order = async (reference: string) => orderFor(await enroll(simulator.url()), { reference });
  await setFaults([{ match, respond: { status: 503 } }]);
  expect(await simulator.call('POST', '/v1/fpr/shipments', { body: await order('unavailable') })).toEqual({
    status: 503,
    body: { code: 503, message: 'Service unavailable', errors: [] },
  });
  await setFaults([{ match, respond: { drop: true } }]);
  await expect(simulator.call('POST', '/v1/fpr/shipments', { body: await order('dropped') })).rejects.toThrow();
  await setFaults([{ match, respond: { drop: 'after' } }]);
  await expect(simulator.call('POST', '/v1/fpr/shipments', { body: await order('lost') })).rejects.toThrow();
  await setFaults([]);
  expect(await readLog()).toMatchObject([
    { reference: 'unavailable', outcome: 'failed', status: 503 },
    { reference: 'dropped', outcome: 'unanswered', status: null },
    { reference: 'lost', outcome: 'unanswered', status: null },
  ]);
  const { body } = await simulator.call('GET', '/v1/fpr/shipments');
  expect(body).toMatchObject({
    shipments: expect.arrayContaining([expect.objectContaining({ customer_reference: 'lost' })]),
  });
  for (const reference of ['unavailable', 'dropped']) expect(JSON.stringify(body)).not.toContain(reference);
});

test('a held request is in the log without an end, and is answered once the list of faults is replaced', async () => {
  const match = { method: 'POST', path: '/v1/fpr/shipments' };
  await setFaults([{ match, respond: { hold: true } }]);
  const answer = place(simulator, { reference: 'held' });
  const logged = await until(readLog, (log) => log.length > 0);
  expect(logged).toMatchObject([{ reference: 'held', endedAt: null, outcome: null }]);
  await setFaults([]);
  await answer;
  expect(await readLog()).toMatchObject([{ reference: 'held', outcome: 'created', status: 201 }]);
});

test('faults do not apply to the controls and the probes', async () => {
  await setFaults([{ match: { path: '/' }, respond: { status: 500 } }]);
  expect((await simulator.call('GET', '/v1/products')).status).toBe(500);
  expect((await simulator.call('GET', '/.well-known/yubico-sign.jwks')).status).toBe(500);
  expect((await simulator.call('GET', '/sim/clock')).status).toBe(200);
  // Its checks have two seconds, in which a busy machine may not answer.
  await until(
    () => simulator.call('GET', '/readyz'),
    ({ status }) => status === 200,
  );
});
