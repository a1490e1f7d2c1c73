import { describe, expect, test } from '@jest/globals';
import { pinIn } from '@keycourier/local/clients/mailbox';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { brake, installBrakes, untilAllStandStill, type Brake } from './world/brake.ts';
import { hire, isPinSent, mailsFor, product, shipmentWhen, type Employee } from './world/people.ts';
import { openQueues } from './world/queues.ts';
import { canRun, createWorld, type Backend, type World } from './world/world.ts';

/** Every change of state that an order, a credential and a PIN go through, each cut off just before it is committed. */
const brakes: readonly Brake[] = [
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

const tenantOf = ({ facet, to }: Brake): string => `${facet}-${to}`;

interface Traveller {
  employee: Employee;
  tenant: string;
  shipmentId: string;
}

/**
 * Everything is stopped while shipments stand at each state, the queue store is dropped, and everything is started
 * again on the same data dir (invariants 2, 4 and 7).
 */
export function tellAPowerCut(backend: Backend): void {
  if (!canRun(backend)) {
    console.warn(
      `SKIPPED: the power cut on ${backend}: neither redis-server nor valkey-server is on PATH, and REDIS_URL is not set`,
    );
    test.skip(`a power cut on ${backend}`, () => undefined);
    return;
  }
  describe(`a power cut on ${backend}, at every state, and the queue store is lost with it`, () => {
    test('ends in exactly one order, one active credential, and the right PIN in the right hands', async () => {
      const tenants = [{ name: 'acme', ownOrg: true }, ...brakes.map((one) => ({ name: tenantOf(one) }))];
      const before = await createWorld({ backend, tenants });
      const travellers = await strand(before);
      await cutThePower(before);
      const after = await createWorld({
        backend,
        tenants,
        dataDir: before.stack.dataDir,
        ...(before.redis === null ? {} : { redis: before.redis }),
      });
      try {
        const startedAt = Date.now();
        for (const { employee, tenant } of travellers)
          await shipmentWhen(after, employee, isPinSent, { tenant, timeoutMs: 90_000 });
        console.info(
          `${travellers.length} stranded shipments had their PIN mails ${((Date.now() - startedAt) / 1_000).toFixed(1)} s after the restart`,
        );
        for (const traveller of travellers) await expectOneOfEverything(after, traveller);
      } finally {
        await after.end();
      }
    }, 240_000);
  });
}

/** One shipment for each brake, all in different tenants so that none waits for another's place at the counter. */
async function strand(world: World): Promise<Traveller[]> {
  await installBrakes(world);
  // Nothing moves before its brake is in place.
  const okta = `${world.stack.local.oktaSimulator}/sim/faults`;
  const setFaults = (faults: unknown): Promise<unknown> =>
    fetch(okta, { method: 'PUT', body: JSON.stringify(faults), headers: { 'content-type': 'application/json' } });
  const travellers: Traveller[] = [];
  const staff = await Promise.all(brakes.map(() => hire(world)));
  await setFaults([{ match: { method: 'GET', path: '/api/v1/users' }, respond: { status: 503 } }]);
  for (const [index, one] of brakes.entries()) {
    const employee = staff[index];
    if (employee === undefined) continue;
    const tenant = tenantOf(one);
    const { id: shipmentId } = await world.api(tenant).request({ login: employee.login, ...product });
    await brake(world, shipmentId, one);
    travellers.push({ employee, tenant, shipmentId });
  }
  await setFaults([]);
  await untilAllStandStill(world, brakes.length);
  return travellers;
}

async function cutThePower(world: World): Promise<void> {
  await Promise.all([...world.stack.children.values()].map((child) => child.kill()));
  const queues = await openQueues(world);
  await queues.drop();
  await queues.close().catch(() => undefined);
  await world.stack.kill();
}

async function expectOneOfEverything(world: World, { employee, tenant, shipmentId }: Traveller): Promise<void> {
  const orders = (await world.provider.orders(tenant)).filter(({ customer_reference }) =>
    customer_reference?.startsWith(shipmentId),
  );
  expect(orders).toHaveLength(1);
  const active = (await world.org().enrollments(employee.id)).filter(({ status }) => status === 'ACTIVE');
  expect(active).toHaveLength(1);
  const mails = await mailsFor(world, employee.login);
  // A mail whose acceptance was not written down is sent again, under the same Message-ID.
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  const pins = new Set(mails.map(pinIn));
  // Okta has opened the PIN by itself, from another envelope of the same key.
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
