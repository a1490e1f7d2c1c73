import { describe, expect, test } from '@jest/globals';
import { pinIn } from '@keycourier/local/clients/mailbox';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { installPausePoints, pauseBefore, untilPaused, type PausePoint } from './world/pause-transactions.ts';
import { createEmployee, isPinSent, mailsFor, product, shipmentWhen, type Employee } from './world/people.ts';
import { connectQueues } from './world/queues.ts';
import { canRun, createWorld, type Backend, type World } from './world/world.ts';

/** Every change of state of an order, a credential and a PIN; the power is cut just before it is committed. */
const pausePoints: readonly PausePoint[] = [
  { facet: 'order', to: 'ready' },
  { facet: 'order', to: 'enrolling' },
  { facet: 'order', to: 'enrolled' },
  { facet: 'order', to: 'placing' },
  { facet: 'order', to: 'placed' },
  { facet: 'credential', to: 'active' },
  { facet: 'pin', to: 'sealed' },
  { facet: 'pin', to: 'released' },
  { facet: 'pin', to: 'sending' },
  { facet: 'pin', to: 'sent' },
];

const tenantOf = ({ facet, to }: PausePoint): string => `${facet}-${to}`;

interface PausedShipment {
  employee: Employee;
  tenant: string;
  shipmentId: string;
}

/**
 * Kills all processes while a shipment is at each state, deletes the queue store, and starts the stack again on the same
 * data directory.
 */
export function runPowerCut(backend: Backend): void {
  if (!canRun(backend)) {
    console.warn(
      `SKIPPED: the power cut on ${backend}: neither redis-server nor valkey-server is on PATH, and REDIS_URL is not set`,
    );
    test.skip(`a power cut on ${backend}`, () => undefined);
    return;
  }
  describe(`a power cut on ${backend} at every state, with the loss of the queue store`, () => {
    test('ends in exactly one order, one active credential and one correct PIN for each shipment', async () => {
      const tenants = [{ name: 'acme', ownOrg: true }, ...pausePoints.map((one) => ({ name: tenantOf(one) }))];
      const before = await createWorld({ backend, tenants });
      const paused = await pauseShipments(before);
      await cutPower(before);
      const after = await createWorld({
        backend,
        tenants,
        dataDir: before.stack.dataDir,
        ...(before.redis === null ? {} : { redis: before.redis }),
      });
      try {
        const startedAt = Date.now();
        for (const { employee, tenant } of paused) await shipmentWhen(after, employee, isPinSent, { tenant });
        console.info(
          `${paused.length} paused shipments had their PIN mails ${((Date.now() - startedAt) / 1_000).toFixed(1)} s after the restart`,
        );
        for (const shipment of paused) await expectOneOfEach(after, shipment);
      } finally {
        await after.stop();
      }
    });
  });
}

/** One shipment for each pause point, in different tenants, so that none waits for another's slot. */
async function pauseShipments(world: World): Promise<PausedShipment[]> {
  await installPausePoints(world);
  // No shipment advances before its pause point is installed.
  const okta = `${world.stack.local.oktaSimulator}/sim/faults`;
  const setFaults = (faults: unknown): Promise<unknown> =>
    fetch(okta, { method: 'PUT', body: JSON.stringify(faults), headers: { 'content-type': 'application/json' } });
  const paused: PausedShipment[] = [];
  const staff = await Promise.all(pausePoints.map(() => createEmployee(world)));
  await setFaults([{ match: { method: 'GET', path: '/api/v1/users' }, respond: { status: 503 } }]);
  for (const [index, one] of pausePoints.entries()) {
    const employee = staff[index];
    if (employee === undefined) continue;
    const tenant = tenantOf(one);
    const { id: shipmentId } = await world.api(tenant).request({ login: employee.login, ...product });
    await pauseBefore(world, shipmentId, one);
    paused.push({ employee, tenant, shipmentId });
  }
  await setFaults([]);
  await untilPaused(world, pausePoints.length);
  return paused;
}

async function cutPower(world: World): Promise<void> {
  await Promise.all([...world.stack.children.values()].map((child) => child.kill()));
  const queues = await connectQueues(world);
  await queues.drop();
  await queues.close().catch(() => undefined);
  await world.stack.kill();
}

async function expectOneOfEach(world: World, { employee, tenant, shipmentId }: PausedShipment): Promise<void> {
  const orders = (await world.provider.orders(tenant)).filter(({ customer_reference }) =>
    customer_reference?.startsWith(shipmentId),
  );
  expect(orders).toHaveLength(1);
  const active = (await world.org().enrollments(employee.id)).filter(({ status }) => status === 'ACTIVE');
  expect(active).toHaveLength(1);
  const mails = await mailsFor(world, employee.login);
  // A mail whose acceptance was not recorded is sent again with the same Message-ID.
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  const pins = new Set(mails.map(pinIn));
  // Okta has decrypted the PIN from another JWE of the same key.
  await world.org().send('POST', '/webauthn-registration/api/v1/send-pin', {
    userId: employee.id,
    fulfillmentProvider: 'yubico',
    authenticatorEnrollmentId: active[0]?.id,
  });
  const fromOkta = await waitUntil('the PIN mail of Okta', async () => {
    const all = await mailsFor(world, employee.login);
    return all.length > mails.length ? all.at(-1) : null;
  });
  expect([...pins]).toEqual([fromOkta === undefined ? null : pinIn(fromOkta)]);
}
