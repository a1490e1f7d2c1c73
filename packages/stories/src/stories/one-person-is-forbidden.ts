import { describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { queryLedger } from '../world/ledger.ts';
import { createEmployee, isHeld, isPinSent, product, shipmentWhen, type Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function onePersonIsForbidden(world: () => World): void {
  const others = (count: number): Promise<Employee[]> =>
    Promise.all(Array.from({ length: count }, () => createEmployee(world())));
  const isPaused = async (): Promise<boolean> => {
    const rows = await queryLedger(world(), 'select 1 from tenants where paused_until > now()');
    return rows.length > 0;
  };

  describe('a 403 for one person or one order', () => {
    test('of Okta holds that shipment alone: five others get their keys, and it continues once it is granted', async () => {
      const [forbidden, five] = [await createEmployee(world()), await others(5)];
      const path = `/api/v1/users/${forbidden.id}`;
      await world()
        .org()
        .send('PUT', '/sim/faults', [{ match: { method: 'GET', path }, respond: { status: 403 } }]);
      for (const { id } of [forbidden, ...five]) await world().org().initiate(id, product);
      const held = await shipmentWhen(world(), forbidden, isHeld);
      expect(held).toMatchObject({
        hold: { code: 'okta_forbidden' },
        problems: [{ field: 'okta', code: 'forbidden' }],
      });
      expect(held.hold?.['message']).toMatch(/resource set/);
      await Promise.all(five.map((one) => shipmentWhen(world(), one, isPinSent)));
      expect(await isPaused()).toBe(false);
      await world().org().send('PUT', '/sim/faults', []);
      expect((await world().api().act(held.id, 'retry')).status).toBeLessThan(300);
      await shipmentWhen(world(), forbidden, isPinSent);
    });

    test('of the provider holds that shipment alone, until the provider allows the order again', async () => {
      const [forbidden, two] = [await createEmployee(world()), await others(2)];
      // An order that is delivered is read no more.
      await world().provider.setClock(1);
      await world()
        .api()
        .request({ login: forbidden.login, ...product });
      const placed = await shipmentWhen(world(), forbidden, ({ order }) => order.providerId !== null);
      const path = `/v1/fpr/shipments/${placed.order.providerId}`;
      await world().provider.setFaults([{ match: { method: 'GET', path }, respond: { status: 403 } }]);
      await world().provider.setClock(86_400);
      await shipmentWhen(world(), forbidden, ({ hold }) => hold?.code === 'provider_forbidden');
      for (const { login } of two)
        await world()
          .api()
          .request({ login, ...product });
      await Promise.all(two.map((one) => shipmentWhen(world(), one, isPinSent)));
      expect(await isPaused()).toBe(false);
      await world().provider.setFaults([]);
      expect((await shipmentWhen(world(), forbidden, isPinSent)).hold).toBeNull();
    });

    test('is not taken for one person when the credentials are refused: the tenant waits, and holds no one', async () => {
      const employee = await createEmployee(world());
      await world()
        .org()
        .send('PUT', '/sim/faults', [{ match: { method: 'GET', path: '/api/v1/users' }, respond: { status: 403 } }]);
      await world()
        .api()
        .request({ userId: employee.id, ...product });
      expect(await until(isPaused, (paused) => paused)).toBe(true);
      await world().org().send('PUT', '/sim/faults', []);
      expect((await shipmentWhen(world(), employee, isPinSent)).hold).toBeNull();
    });
  });
}
