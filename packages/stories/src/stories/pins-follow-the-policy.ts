import { afterEach, describe, expect, test } from '@jest/globals';

import { createEmployee, isPinSent, mailsFor, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function pinsFollowThePolicy(world: () => World): void {
  describe('a PIN is mailed when, and to whom, the policy of the tenant says', () => {
    afterEach(() => world().provider.setClock(86_400));

    test('on_delivery: the PIN is mailed after the parcel is delivered', async () => {
      const tenant = 'on-delivery';
      const employee = await createEmployee(world());
      // The provider's clock is stopped: only the controls change the order.
      await world().provider.setClock(0);
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      const placed = await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      await world().provider.setState(placed.order.providerId ?? '', 103);
      const active = await shipmentWhen(world(), employee, ({ credential }) => credential.state === 'active', {
        tenant,
      });
      expect(active.pin.state).toBe('sealed');
      expect(await mailsFor(world(), employee.login)).toEqual([]);
      await world().provider.setState(placed.order.providerId ?? '', 104);
      expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });

    test('on_receipt: the PIN is mailed after the receipt is confirmed, not on delivery', async () => {
      const tenant = 'on-receipt';
      const employee = await createEmployee(world());
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await shipmentWhen(
        world(),
        employee,
        ({ parcel, credential }) => parcel.state === 'delivered' && credential.state === 'active',
        { tenant },
      );
      expect(await mailsFor(world(), employee.login)).toEqual([]);
      await world().api(tenant).act(id, 'confirm-receipt');
      expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).status).toBe('completed');
    });

    test('release-pin overrides the policy once the credential is active', async () => {
      const tenant = 'on-receipt';
      const employee = await createEmployee(world());
      await world().provider.setClock(0);
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await shipmentWhen(world(), employee, ({ order }) => order.state === 'placed', { tenant });
      expect((await world().api(tenant).act(id, 'release-pin')).status).toBe(409);
      await world().provider.setClock(86_400);
      await shipmentWhen(world(), employee, ({ credential }) => credential.state === 'active', { tenant });
      expect((await world().api(tenant).act(id, 'release-pin')).status).toBeLessThan(300);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
    });

    test('recipient both: each address receives its own mail with the same PIN', async () => {
      const tenant = 'both-addresses';
      const employee = await createEmployee(world(), { staged: true });
      await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      const [first, second] = [await pinsFor(world(), employee.login), await pinsFor(world(), employee.secondEmail)];
      expect(first).toHaveLength(1);
      expect(second).toEqual(first);
    });

    test('channel okta: Okta mails the PIN', async () => {
      const tenant = 'okta-mails';
      const employee = await createEmployee(world());
      await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      const shipment = await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(shipment.pin.sentTo).toBeNull();
      expect(await mailsFor(world(), employee.login)).toHaveLength(1);
    });
  });
}
