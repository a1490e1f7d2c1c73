import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { createEmployee, isHeld, isPinSent, mailsFor, product, shipmentWhen, type Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';

const tenant = 'globex';

export function shipmentsAreCancelled(world: () => World): void {
  const requestKey = async (profile = {}): Promise<{ employee: Employee; id: string }> => {
    const employee = await createEmployee(world(), { tenant, profile });
    const { id } = await world()
      .api(tenant)
      .request({ login: employee.login, ...product });
    return { employee, id };
  };
  const cancel = async (id: string): Promise<number> => (await world().api(tenant).act(id, 'cancel')).status;
  const ordersOf = async (id: string): Promise<number> =>
    (await world().provider.orders(tenant)).filter(({ customer_reference }) => customer_reference?.startsWith(id))
      .length;
  const enrollmentsOf = async ({ id }: Employee): Promise<string[]> =>
    (await world().org(tenant).enrollments(id)).map(({ status }) => status);
  /** There is no order, no enrollment and no mail. */
  const expectNoTrace = async (employee: Employee, id: string): Promise<void> => {
    await waitUntil('the deletion of the enrollment', async () => (await enrollmentsOf(employee)).length === 0);
    expect(await world().api(tenant).shipment(id)).toMatchObject({ status: 'cancelled', hold: null });
    expect(await ordersOf(id)).toBe(0);
    expect(await mailsFor(world(), employee.login)).toEqual([]);
  };

  describe('a cancel request', () => {
    afterEach(async () => {
      await world().provider.setFaults([]);
      await world().provider.setClock(86_400);
      await world().api(tenant).switchFlow('process-shipments', true);
    });

    test('for a held shipment cancels it; repeating the request changes nothing', async () => {
      const { employee, id } = await requestKey({ city: null });
      await shipmentWhen(world(), employee, isHeld, { tenant });
      expect([await cancel(id), await cancel(id)]).toEqual([200, 200]);
      await expectNoTrace(employee, id);
    });

    test('for a shipment that waits for a slot cancels it', async () => {
      await world().api(tenant).switchFlow('process-shipments', false);
      const { employee, id } = await requestKey();
      await shipmentWhen(world(), employee, ({ status }) => status === 'ready', { tenant });
      expect(await cancel(id)).toBe(200);
      await expectNoTrace(employee, id);
    });

    test('for an order that is not locked deletes the order at the provider and the enrollment in Okta', async () => {
      await world().provider.setClock(1);
      const { employee, id } = await requestKey();
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      expect(await enrollmentsOf(employee)).toEqual(['FULFILLMENT_PENDING']);
      expect(await cancel(id)).toBe(200);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('is retried while the provider fails', async () => {
      await world().provider.setClock(1);
      const { employee, id } = await requestKey();
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      await world().provider.setFaults([
        { match: { method: 'DELETE', path: '/v1/fpr/shipments' }, respond: { status: 503 }, times: 2 },
        { match: { method: 'DELETE', path: '/v1/fpr/shipments' }, respond: { drop: 'after' }, times: 1 },
      ]);
      expect(await cancel(id)).toBe(200);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('during the order request waits for its response and then deletes the order', async () => {
      await world().provider.setClock(1);
      await world().provider.setFaults([
        { match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { delayMs: 1_500 }, times: 1 },
      ]);
      const { employee, id } = await requestKey();
      await waitUntil('the order request', async () =>
        (await world().provider.faults()).some(({ hits }) => hits === 1),
      );
      expect(await cancel(id)).toBe(200);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('for a locked order is refused with the code order_locked', async () => {
      await world().provider.setClock(0);
      const { employee, id } = await requestKey();
      const placed = await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      await world().provider.setState(placed.order.providerId ?? '', 103);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      const { status, body } = await world().api(tenant).act(id, 'cancel');
      expect({ status, body }).toMatchObject({ status: 409, body: { code: 'order_locked' } });
      expect(await enrollmentsOf(employee)).toEqual(['ACTIVE']);
      expect(await ordersOf(id)).toBe(1);
    });
  });

  describe('a user who leaves', () => {
    test('the group before the order is locked receives no key', async () => {
      const employee = await createEmployee(world(), { tenant, profile: { city: null } });
      const group = await world().org(tenant).groupId('YubiKey 5C NFC');
      await world().org(tenant).addToGroup(group, employee.id);
      const { id } = await shipmentWhen(world(), employee, isHeld, { tenant });
      await world().org(tenant).removeFromGroup(group, employee.id);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('the company after the key has shipped has their credential revoked', async () => {
      const { employee, id } = await requestKey();
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      await world().org(tenant).lifecycle(employee.id, 'deactivate');
      const revoked = await shipmentWhen(world(), employee, ({ credential }) => credential.state === 'revoked', {
        tenant,
      });
      expect(revoked).toMatchObject({ id, status: 'cancelled' });
      expect(await enrollmentsOf(employee)).not.toContain('ACTIVE');
    });
  });
}
