import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { hire, isHeld, isPinSent, mailsFor, product, shipmentWhen, type Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';

const tenant = 'globex';

export function keysAreCancelled(world: () => World): void {
  const ask = async (profile = {}): Promise<{ employee: Employee; id: string }> => {
    const employee = await hire(world(), { tenant, profile });
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
  /** Nothing of it is left, anywhere. */
  const expectNoTrace = async (employee: Employee, id: string): Promise<void> => {
    await waitUntil('the enrollment to be gone', async () => (await enrollmentsOf(employee)).length === 0);
    expect(await world().api(tenant).shipment(id)).toMatchObject({ status: 'cancelled', hold: null });
    expect(await ordersOf(id)).toBe(0);
    expect(await mailsFor(world(), employee.login)).toEqual([]);
  };

  describe('a cancel', () => {
    afterEach(async () => {
      await world().provider.setFaults([]);
      await world().provider.setClock(86_400);
      await world().api(tenant).switchFlow('process-shipments', true);
    });

    test('of a held request ends it, and asking twice is asking once', async () => {
      const { employee, id } = await ask({ city: null });
      await shipmentWhen(world(), employee, isHeld, { tenant });
      expect([await cancel(id), await cancel(id)]).toEqual([200, 200]);
      await expectNoTrace(employee, id);
    });

    test('of one that waits in line ends it', async () => {
      await world().api(tenant).switchFlow('process-shipments', false);
      const { employee, id } = await ask();
      await shipmentWhen(world(), employee, ({ status }) => status === 'ready', { tenant });
      expect(await cancel(id)).toBe(200);
      await expectNoTrace(employee, id);
    });

    test('of an order that the provider has not locked takes it back there, and the enrollment out of Okta', async () => {
      await world().provider.setClock(1);
      const { employee, id } = await ask();
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      expect(await enrollmentsOf(employee)).toEqual(['FULFILLMENT_PENDING']);
      expect(await cancel(id)).toBe(200);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('goes on through a provider and an org that fail at first', async () => {
      await world().provider.setClock(1);
      const { employee, id } = await ask();
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      await world().provider.setFaults([
        { match: { method: 'DELETE', path: '/v1/fpr/shipments' }, respond: { status: 503 }, times: 2 },
        { match: { method: 'DELETE', path: '/v1/fpr/shipments' }, respond: { drop: 'after' }, times: 1 },
      ]);
      expect(await cancel(id)).toBe(200);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('that races the order waits for its answer, and then takes it back', async () => {
      await world().provider.setClock(1);
      await world().provider.setFaults([
        { match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { delayMs: 1_500 }, times: 1 },
      ]);
      const { employee, id } = await ask();
      await waitUntil('the order to be under way', async () =>
        (await world().provider.faults()).some(({ hits }) => hits === 1),
      );
      expect(await cancel(id)).toBe(200);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('after the lock is refused, and says what can still be done', async () => {
      await world().provider.setClock(0);
      const { employee, id } = await ask();
      const placed = await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      await world().provider.setState(placed.order.providerId ?? '', 103);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      const { status, body } = await world().api(tenant).act(id, 'cancel');
      expect({ status, body }).toMatchObject({ status: 409, body: { code: 'order_locked' } });
      expect(await enrollmentsOf(employee)).toEqual(['ACTIVE']);
      expect(await ordersOf(id)).toBe(1);
    });
  });

  describe('somebody who leaves', () => {
    test('the group before the lock gets no key', async () => {
      const employee = await hire(world(), { tenant, profile: { city: null } });
      const group = await world().org(tenant).groupId('YubiKey 5C NFC');
      await world().org(tenant).addToGroup(group, employee.id);
      const { id } = await shipmentWhen(world(), employee, isHeld, { tenant });
      await world().org(tenant).removeFromGroup(group, employee.id);
      await shipmentWhen(world(), employee, ({ status }) => status === 'cancelled', { tenant });
      await expectNoTrace(employee, id);
    });

    test('the company after the key was sent has its credential taken back', async () => {
      const { employee, id } = await ask();
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
