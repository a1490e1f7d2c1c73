import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { createEmployee, isPinSent, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function workersAreKilled(world: () => World): void {
  const ordersOf = async (id: string): Promise<number> =>
    (await world().provider.orders('acme')).filter(({ customer_reference }) => customer_reference?.startsWith(id))
      .length;

  describe('a worker that is killed during a job', () => {
    test.each([
      ['before the order request reaches the provider', { delayMs: 60_000 }],
      ['after the provider has accepted the order', { drop: 'after' as const }],
    ])('%s: one order, one PIN', async (_name, respond) => {
      const employee = await createEmployee(world());
      await world().provider.setFaults([{ match: { method: 'POST', path: '/v1/fpr/shipments' }, respond, times: 1 }]);
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      await waitUntil('the order request', async () =>
        (await world().provider.faults()).some(({ hits }) => hits === 1),
      );
      await world().stack.children.get('worker')?.kill();
      await world().provider.setFaults([]);
      const killedAt = Date.now();
      await world().stack.restart('worker');
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed');
      console.info(
        `recovered ${((Date.now() - killedAt) / 1_000).toFixed(1)} s after the worker was killed (${_name})`,
      );
      await shipmentWhen(world(), employee, isPinSent);
      expect(await ordersOf(id)).toBe(1);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
      const active = (await world().org().enrollments(employee.id)).filter(({ status }) => status === 'ACTIVE');
      expect(active).toHaveLength(1);
    });
  });
}
