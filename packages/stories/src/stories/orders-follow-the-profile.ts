import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { createEmployee, isHeld, isPinSent, product, shipmentWhen, type Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';

const tenant = 'globex';
const moved = { streetAddress: '7 Harbour Lane', city: 'Salem', zipCode: '97301' };
const history = z.object({ items: z.array(z.looseObject({ event: z.string().optional() })) });

export function ordersFollowTheProfile(world: () => World): void {
  const api = () => world().api(tenant);
  /** A placed order that the provider still lets be changed: its clock stands still. */
  const orderKey = async (): Promise<{ employee: Employee; id: string }> => {
    await world().provider.setClock(0);
    const employee = await createEmployee(world(), { tenant });
    const { id } = await api().request({ login: employee.login, ...product });
    await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
    return { employee, id };
  };
  const streetAtProvider = async (id: string): Promise<unknown> => {
    const found = (await world().provider.orders(tenant)).filter(({ customer_reference }) =>
      customer_reference?.startsWith(id),
    );
    expect(found).toHaveLength(1);
    return found.map(
      ({ mailing_address: address }) => z.object({ street_line1: z.string() }).parse(address).street_line1,
    )[0];
  };
  const moveUser = async ({ id }: Employee): Promise<void> => {
    await world().org(tenant).updateUser(id, moved);
  };
  const eventsOf = async (id: string): Promise<(string | undefined)[]> =>
    history.parse(await api().sendOk('GET', `/v1/shipments/${id}/events`)).items.map(({ event }) => event);

  describe('a user who moves after the order', () => {
    afterEach(async () => {
      await world().provider.setClock(86_400);
    });

    const holdForMove = async (): Promise<{ employee: Employee; id: string }> => {
      const { employee, id } = await orderKey();
      await moveUser(employee);
      const held = await shipmentWhen(world(), employee, isHeld, { tenant });
      expect(held.hold?.code).toBe('address_changed');
      const { problems } = await api().shipment(id);
      expect(problems).toMatchObject([
        { field: 'streetAddress', code: 'changed_in_profile', suggestion: moved.streetAddress },
        { field: 'city', suggestion: moved.city },
        { field: 'zipCode', suggestion: moved.zipCode },
      ]);
      return { employee, id };
    };

    test('gets the key at the new address once an operator accepts it, in the same order', async () => {
      const { employee, id } = await holdForMove();
      await api().correct(id, { decision: 'accept' });
      await waitUntil('the changed order', async () => (await streetAtProvider(id)) === moved.streetAddress);
      await world().provider.setClock(86_400);
      expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
      expect(await streetAtProvider(id)).toBe(moved.streetAddress);
    });

    test('gets it at the old address when an operator rejects the new one, and is not held again', async () => {
      const { employee, id } = await holdForMove();
      await api().correct(id, { decision: 'reject' });
      await world().provider.setClock(86_400);
      expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
      expect(await streetAtProvider(id)).toBe(employee.profile['streetAddress']);
    });

    test('too late is in the history, and the shipment goes on', async () => {
      const { employee, id } = await orderKey();
      const { order } = await api().shipment(id);
      await world().provider.setState(order.providerId ?? '', 12);
      await moveUser(employee);
      await waitUntil('the entry of the history', async () =>
        (await eventsOf(id)).includes('profile.changed_too_late'),
      );
      expect(await api().shipment(id)).toMatchObject({ hold: null });
      await world().provider.setState(order.providerId ?? '', 103);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(await streetAtProvider(id)).toBe(employee.profile['streetAddress']);
    });
  });
}
