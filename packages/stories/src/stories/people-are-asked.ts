import { describe, expect, test } from '@jest/globals';

import { hire, isHeld, isPinSent, mailsFor, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function peopleAreAsked(world: () => World): void {
  const enrollmentsOf = async (id: string): Promise<string[]> =>
    (await world().org().enrollments(id)).map(({ status }) => status);

  describe('when in doubt, a person is asked', () => {
    test('an incomplete profile is held with every problem at once, and goes on by itself when Okta has the rest', async () => {
      const employee = await hire(world(), {
        staged: true,
        profile: { streetAddress: null, secondEmail: null, state: 'Atlantis' },
      });
      await world().org().initiate(employee.id, product);
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held).toMatchObject({ status: 'held', hold: { code: 'profile_problems' } });
      expect(held.problems.map(({ field }) => field).sort()).toEqual(['secondEmail', 'state', 'streetAddress']);
      for (const { message } of held.problems) expect(message.length).toBeGreaterThan(20);
      expect(await enrollmentsOf(employee.id)).toEqual([]);
      await world()
        .org()
        .updateUser(employee.id, {
          streetAddress: employee.profile['streetAddress'] ?? '1 Lighthouse Road',
          secondEmail: employee.secondEmail,
          state: 'Oregon',
        });
      await shipmentWhen(world(), employee, isPinSent);
      expect(await pinsFor(world(), employee.secondEmail)).toHaveLength(1);
    });

    test("a request for somebody unknown fails as user_not_found, and an operator's retry takes it up again", async () => {
      const login = `later.${Date.now()}@acme.example`;
      const { id } = await world()
        .api()
        .request({ login, ...product });
      const nobody = { id: login, login, secondEmail: '', profile: {} };
      const failed = await shipmentWhen(world(), nobody, ({ status }) => status === 'failed');
      expect(failed).toMatchObject({ problems: [{ code: 'user_not_found' }], actions: ['retry'] });
      const employee = await hire(world(), { profile: { login, email: login } });
      expect((await world().api().act(id, 'retry')).status).toBeLessThan(300);
      expect((await shipmentWhen(world(), employee, isPinSent)).id).toBe(id);
    });

    test('what the provider refuses is held with the enrollment pending, and a mended address is ordered with the same one', async () => {
      const employee = await hire(world());
      await world().provider.setFaults([
        { match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { status: 400 }, times: 1 },
      ]);
      await world().org().initiate(employee.id, product);
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held.hold?.code).toBe('order_refused');
      expect(await enrollmentsOf(employee.id)).toEqual(['FULFILLMENT_PENDING']);
      await world().org().updateUser(employee.id, { title: 'Captain' });
      await world().provider.setFaults([]);
      await world().org().updateUser(employee.id, { streetAddress: '7 Another Road' });
      const sent = await shipmentWhen(world(), employee, isPinSent);
      expect(sent.credential.enrollmentId).toBe(held.credential.enrollmentId);
    });

    test('a PIN whose address has changed since the check waits until an operator releases it', async () => {
      const tenant = 'on-receipt';
      const employee = await hire(world());
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await shipmentWhen(
        world(),
        employee,
        ({ credential, parcel }) => credential.state === 'active' && parcel.state !== 'preparing',
        { tenant },
      );
      const moved = `moved.${employee.login}`;
      await world().org().updateUser(employee.id, { email: moved });
      await world().api(tenant).act(id, 'confirm-receipt');
      const held = await shipmentWhen(world(), employee, isHeld, { tenant });
      expect(held).toMatchObject({ hold: { code: 'pin_address_changed' }, pin: { state: 'sealed' } });
      expect((await world().api(tenant).act(id, 'release-pin')).status).toBeLessThan(300);
      await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(await pinsFor(world(), moved)).toHaveLength(1);
      expect(await mailsFor(world(), employee.login)).toEqual([]);
    });

    test('the PIN of somebody suspended is held', async () => {
      const tenant = 'on-receipt';
      const employee = await hire(world());
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await shipmentWhen(
        world(),
        employee,
        ({ credential, parcel }) => credential.state === 'active' && parcel.state !== 'preparing',
        { tenant },
      );
      await world().org().lifecycle(employee.id, 'suspend');
      await world().api(tenant).act(id, 'confirm-receipt');
      expect((await shipmentWhen(world(), employee, isHeld, { tenant })).hold?.code).toBe('user_not_active');
      await world().org().lifecycle(employee.id, 'unsuspend');
      await world().api(tenant).act(id, 'retry');
      await shipmentWhen(world(), employee, isPinSent, { tenant });
    });

    test('an address that the provider would write otherwise is held with its suggestion, which an operator accepts', async () => {
      const employee = await hire(world(), { profile: { streetAddress: '12 Suggest Street' } });
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      await shipmentWhen(world(), employee, isHeld);
      const { problems } = await world().api().shipment(id);
      expect(problems).toMatchObject([{ field: 'streetAddress', suggestion: '12 Main Street' }]);
      await world().api().correct(id, { decision: 'accept' });
      expect((await shipmentWhen(world(), employee, isPinSent)).id).toBe(id);
    });

    test('a name that does not fit is never cut: the suggestion is accepted, or the shipment waits', async () => {
      const employee = await hire(world(), { profile: { lastName: 'Wolfeschlegelsteinhausenbergerdorff-Ümlaut' } });
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held.problems).toMatchObject([{ field: 'lastName', code: 'too_long' }]);
      await world()
        .api()
        .correct(id, { fields: { lastName: 'Wolfe' } });
      await shipmentWhen(world(), employee, isPinSent);
      const [order] = (await world().provider.orders('acme')).filter(({ customer_reference }) =>
        customer_reference?.startsWith(id),
      );
      expect(order).toMatchObject({ recipient: { recipient_lastname: 'Wolfe' } });
    });

    test('a suggested address is held, and polling goes on until the provider takes the order up again', async () => {
      const employee = await hire(world(), { profile: { streetAddress: '12 Suggest Street' } });
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held.hold?.code).toBe('address_suggested');
      await world().provider.setState(held.order.providerId ?? '', 100);
      await shipmentWhen(world(), employee, ({ hold }) => hold === null);
      await world().provider.setState(held.order.providerId ?? '', null);
      await world().provider.setState(held.order.providerId ?? '', 103);
      expect((await shipmentWhen(world(), employee, isPinSent)).id).toBe(id);
    });
  });
}
