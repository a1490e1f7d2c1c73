import { describe, expect, test } from '@jest/globals';

import { createEmployee, isPinSent, mailsFor, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function keysAreDelivered(world: () => World): void {
  describe('a key is delivered', () => {
    test('a new user with an MFA-initiated key: one order, active in Okta, PIN to the secondary address', async () => {
      const employee = await createEmployee(world(), { staged: true });
      await world().org().initiate(employee.id, product);
      const shipment = await shipmentWhen(world(), employee, isPinSent);
      expect(shipment).toMatchObject({ trigger: 'mfa-initiated', credential: { state: 'active' } });
      // Already closed if the parcel was delivered before this read.
      expect(['placed', 'closed']).toContain(shipment.order.state);
      expect(shipment.pin.sentTo).toBe(`${employee.secondEmail.slice(0, 1)}…@home.example`);
      expect(await pinsFor(world(), employee.secondEmail)).toHaveLength(1);
      expect(await mailsFor(world(), employee.login)).toEqual([]);
      const active = (await world().org().enrollments(employee.id)).filter(({ status }) => status === 'ACTIVE');
      expect(active.map(({ id }) => id)).toEqual([shipment.credential.enrollmentId]);
      const orders = await world().provider.orders('acme');
      expect(orders.filter(({ customer_reference }) => customer_reference?.startsWith(shipment.id))).toHaveLength(1);
    });

    test('an existing user who is added to a group: PIN to the primary address', async () => {
      const employee = await createEmployee(world());
      await world()
        .org()
        .addToGroup(await world().org().groupId('YubiKey 5 NFC'), employee.id);
      const shipment = await shipmentWhen(world(), employee, isPinSent);
      expect(shipment.trigger).toBe('group-add');
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
      expect(await mailsFor(world(), employee.secondEmail)).toEqual([]);
    });

    test('a delivered parcel completes the shipment, and the history has every step', async () => {
      const employee = await createEmployee(world());
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      const shipment = await shipmentWhen(world(), employee, ({ status }) => status === 'completed');
      expect(shipment).toMatchObject({ id, order: { state: 'closed' }, parcel: { state: 'delivered' }, actions: [] });
      const history = JSON.stringify(await world().api().sendOk('GET', `/v1/shipments/${id}/events`));
      for (const card of [
        'check-profile',
        'enroll-credential',
        'place-order',
        'track-parcel',
        'activate-credential',
        'release-pin',
        'send-pin',
      ])
        expect(history).toContain(`"card":"${card}"`);
    });

    test('Group Add and MFA-initiated at the same time create one shipment', async () => {
      const employee = await createEmployee(world());
      const org = world().org();
      const groupId = await org.groupId('YubiKey 5C NFC');
      await Promise.all([
        org.addToGroup(groupId, employee.id),
        org.initiate(employee.id, product),
        org.initiate(employee.id, product),
      ]);
      await shipmentWhen(world(), employee, isPinSent);
      expect(await world().api().shipmentsOf(employee.id)).toHaveLength(1);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });

    test('two API requests for one user, by login and by id, result in one shipment, and the second refers to the first', async () => {
      const employee = await createEmployee(world());
      const first = await world()
        .api()
        .request({ login: employee.login.toUpperCase(), ...product });
      const second = await world()
        .api()
        .send('POST', '/v1/shipments', { userId: employee.id, ...product });
      await shipmentWhen(world(), employee, ({ id, pin }) => id === first.id && pin.state === 'sent', { among: 'all' });
      // Until Okta has resolved the login, it is unknown that both requests are for the same user.
      if (second.status === 409) expect(JSON.stringify(second.body)).toContain(first.id);
      else
        expect((await world().api().shipmentsOf(employee.id)).map(({ status }) => status).sort()).toEqual([
          'cancelled',
          // The parcel may be delivered before this read.
          expect.stringMatching(/^(pin_sent|completed)$/),
        ]);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });
  });
}
