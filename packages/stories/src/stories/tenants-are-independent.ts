import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { createEmployee, isPinSent, product, shipmentWhen, StoryError, type Employee } from '../world/people.ts';
import type { LoggedOrderRequest } from '../world/provider.ts';
import type { World } from '../world/world.ts';

const perTenant = 10;

export function tenantsAreIndependent(world: () => World): void {
  const requestAll = async (tenant: string, employees: readonly Employee[]): Promise<void> => {
    await world()
      .api(tenant)
      .sendOk('POST', '/v1/batches', { rows: employees.map(({ login }) => ({ login, ...product })) });
  };
  const staffOf = (tenant: string, count: number): Promise<Employee[]> =>
    Promise.all(Array.from({ length: count }, () => createEmployee(world(), { tenant })));

  describe('tenants do not delay each other', () => {
    test('each tenant orders its requests one at a time in their order, while the other tenant orders, too', async () => {
      const [acme, globex] = await Promise.all([staffOf('acme', perTenant), staffOf('globex', perTenant)]);
      await world().provider.clearRequestLog();
      const match = { method: 'POST', path: '/v1/fpr/shipments' };
      await world().provider.setFaults([{ match, respond: { hold: true } }]);
      // All are ready before the first is ordered: a held order is given up after ten seconds, in which the other tenant orders.
      const switchFlow = (enabled: boolean): Promise<unknown> =>
        Promise.all(['acme', 'globex'].map((tenant) => world().api(tenant).switchFlow('process-shipments', enabled)));
      await switchFlow(false);
      await Promise.all([requestAll('acme', acme), requestAll('globex', globex)]);
      for (const [tenant, staff] of [
        ['acme', acme],
        ['globex', globex],
      ] as const)
        for (const employee of staff)
          await shipmentWhen(world(), employee, ({ status }) => status === 'ready', { tenant });
      await switchFlow(true);
      // Neither tenant waits for the other to finish.
      await waitUntil('an order request of each tenant at the same time', async () => {
        const waiting = (await world().provider.requestLog()).filter(({ endedAt }) => endedAt === null);
        return ['acme', 'globex'].every((tenant) => waiting.some(({ organization }) => organization === tenant));
      });
      // A slow provider makes overlaps visible.
      await world().provider.setFaults([{ match, respond: { delayMs: 150 } }]);
      const orderRequests = await waitUntil('all orders', async () => {
        const logged = await world().provider.requestLog();
        return logged.filter(({ endedAt }) => endedAt !== null).length >= 2 * perTenant ? logged : null;
      });
      await world().provider.setFaults([]);
      expect(orderRequests.map(({ outcome }) => outcome)).toEqual(orderRequests.map(() => 'created'));
      for (const [tenant, staff] of [
        ['acme', acme],
        ['globex', globex],
      ] as const) {
        const own = orderRequests.filter(({ organization }) => organization === tenant);
        expect(own).toHaveLength(perTenant);
        expect(overlaps(own)).toEqual([]);
        expect(own.map(({ reference }) => reference?.replace(/-\d+$/, ''))).toEqual(await idsOf(tenant, staff));
      }
    });

    test('a tenant whose provider hangs does not delay another one', async () => {
      const tenant = 'hanging';
      const [stuck, quick] = await Promise.all([staffOf(tenant, 6), createEmployee(world(), { tenant: 'globex' })]);
      await requestAll(tenant, stuck);
      const [head] = stuck;
      if (head === undefined) throw new StoryError('there is no employee');
      await shipmentWhen(world(), head, ({ status }) => status === 'requested', { tenant });
      const startedAt = Date.now();
      await world()
        .api('globex')
        .request({ login: quick.login, ...product });
      await shipmentWhen(world(), quick, isPinSent, { tenant: 'globex' });
      console.info(
        `a key of another tenant took ${((Date.now() - startedAt) / 1_000).toFixed(1)} s beside a hanging provider`,
      );
      const [shipment] = await world().api(tenant).shipmentsOf(head.id);
      expect(shipment).toMatchObject({ status: 'requested', hold: null });
    });
  });

  const idsOf = async (tenant: string, staff: readonly Employee[]): Promise<string[]> =>
    Promise.all(
      staff.map(async ({ id, login }) => {
        const [shipment] = [
          ...(await world().api(tenant).shipmentsOf(id)),
          ...(await world().api(tenant).shipmentsOf(login)),
        ];
        return shipment?.id ?? '';
      }),
    );
}

/** The requests that started before the previous one had ended. */
function overlaps(orderRequests: readonly LoggedOrderRequest[]): (string | null)[] {
  return orderRequests.slice(1).flatMap(({ startedAt, reference }, index) => {
    const endedAt = orderRequests[index]?.endedAt ?? null;
    return endedAt === null || Date.parse(startedAt) < Date.parse(endedAt) ? [reference] : [];
  });
}
