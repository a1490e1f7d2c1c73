import { describe, expect, test } from '@jest/globals';

import { createEmployee, isHeld, isPinSent, mailsFor, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

const enrollmentsOf = async (world: World, id: string): Promise<string[]> =>
  (await world.org().enrollments(id)).map(({ status }) => status);

/** By themselves, or when an operator retries them. */
export function heldShipmentsGoOn(world: () => World): void {
  describe('a shipment with a problem is held and goes on', () => {
    test('an incomplete profile is held with all problems, and continues by itself when Okta has the missing values', async () => {
      const employee = await createEmployee(world(), {
        staged: true,
        profile: { streetAddress: null, secondEmail: null, state: 'Atlantis' },
      });
      await world().org().initiate(employee.id, product);
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held).toMatchObject({ status: 'held', hold: { code: 'profile_problems' } });
      expect(held.problems.map(({ field }) => field).sort()).toEqual(['secondEmail', 'state', 'streetAddress']);
      for (const { message } of held.problems) expect(message.length).toBeGreaterThan(20);
      expect(await enrollmentsOf(world(), employee.id)).toEqual([]);
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

    test('a request for an unknown user fails as user_not_found, and a retry continues once the user exists', async () => {
      const login = `later.${Date.now()}@acme.example`;
      const { id } = await world()
        .api()
        .request({ login, ...product });
      const unknown = { id: login, login, secondEmail: '', profile: {} };
      const failed = await shipmentWhen(world(), unknown, ({ status }) => status === 'failed');
      expect(failed).toMatchObject({ problems: [{ code: 'user_not_found' }], actions: ['retry'] });
      const employee = await createEmployee(world(), { profile: { login, email: login } });
      expect((await world().api().act(id, 'retry')).status).toBeLessThan(300);
      expect((await shipmentWhen(world(), employee, isPinSent)).id).toBe(id);
    });
  });
}

export function problemsAreHeld(world: () => World): void {
  describe('a shipment with a problem is held for an operator', () => {
    test('a phone number that no list of numbers has is shipped once an operator confirms it', async () => {
      const fields = { primaryPhone: '+852 4545 1234' };
      const employee = await createEmployee(world(), { profile: fields });
      await world().org().initiate(employee.id, product);
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held.problems).toMatchObject([{ field: 'primaryPhone', code: 'unknown_phone_number' }]);
      await expect(world().api().correct(held.id, { fields })).rejects.toThrow();
      await world()
        .api()
        .correct(held.id, { fields, confirmed: ['primaryPhone'] });
      await shipmentWhen(world(), employee, isPinSent);
    });

    test('an order that the provider refuses is held, and a corrected address is ordered with the same enrollment', async () => {
      const employee = await createEmployee(world());
      await world().provider.setFaults([
        { match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { status: 400 }, times: 1 },
      ]);
      await world().org().initiate(employee.id, product);
      const held = await shipmentWhen(world(), employee, isHeld);
      expect(held.hold?.code).toBe('order_refused');
      expect(await enrollmentsOf(world(), employee.id)).toEqual(['FULFILLMENT_PENDING']);
      await world().org().updateUser(employee.id, { title: 'Captain' });
      await world().provider.setFaults([]);
      await world().org().updateUser(employee.id, { streetAddress: '7 Another Road' });
      const sent = await shipmentWhen(world(), employee, isPinSent);
      expect(sent.credential.enrollmentId).toBe(held.credential.enrollmentId);
    });

    test('a PIN whose address has changed since the check is held until an operator releases it', async () => {
      const tenant = 'on-receipt';
      const employee = await createEmployee(world());
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

    test('the PIN of a suspended user is held', async () => {
      const tenant = 'on-receipt';
      const employee = await createEmployee(world());
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

    test('an address with a suggestion of the provider is held until an operator accepts the suggestion', async () => {
      const employee = await createEmployee(world(), { profile: { streetAddress: '12 Suggest Street' } });
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      await shipmentWhen(world(), employee, isHeld);
      const { problems } = await world().api().shipment(id);
      expect(problems).toMatchObject([{ field: 'streetAddress', suggestion: '12 Main Street' }]);
      await world().api().correct(id, { decision: 'accept' });
      expect((await shipmentWhen(world(), employee, isPinSent)).id).toBe(id);
    });

    test('a name that is too long is never truncated: the shipment is held until an operator corrects it', async () => {
      const employee = await createEmployee(world(), {
        profile: { lastName: 'Wolfeschlegelsteinhausenbergerdorff-Ümlaut' },
      });
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

    test('a held order with a suggested address is polled until the provider continues it', async () => {
      const employee = await createEmployee(world(), { profile: { streetAddress: '12 Suggest Street' } });
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
