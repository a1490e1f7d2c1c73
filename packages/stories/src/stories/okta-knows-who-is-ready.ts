import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { createEmployee, isPinSent, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** A tenant of its own: its org has the attribute that registrations are written to. */
export const tenantWithRegistration = 'registered';

const user = z.looseObject({ profile: z.looseObject({ keycourierRegistered: z.boolean().nullish() }) });
const events = z.object({ items: z.array(z.looseObject({ eventType: z.string(), reason: z.string().nullish() })) });

export function oktaKnowsWhoIsReady(world: () => World): void {
  const org = () => world().org(tenantWithRegistration);
  const api = () => world().api(tenantWithRegistration);

  describe('a user whose key works', () => {
    test('is ready in Okta, and the event of that write starts nothing', async () => {
      const attribute = { title: 'Security key ready', type: 'boolean', master: { type: 'OKTA' } };
      await org().send('POST', '/api/v1/meta/schemas/user/default', {
        definitions: { custom: { properties: { keycourierRegistered: attribute } } },
      });
      const employee = await createEmployee(world(), { tenant: tenantWithRegistration });
      const isReady = async (): Promise<boolean> =>
        user.parse(await org().send('GET', `/api/v1/users/${employee.id}`)).profile.keycourierRegistered === true;
      expect(await isReady()).toBe(false);
      await api().request({ login: employee.login, ...product });
      await shipmentWhen(world(), employee, isPinSent, { tenant: tenantWithRegistration });
      await waitUntil('the registration', isReady);
      await waitUntil('the event of the write', async () => {
        const { items } = events.parse(await api().sendOk('GET', '/v1/events?limit=100'));
        return items.some(
          ({ eventType, reason }) =>
            eventType === 'user.account.update_profile' && reason === 'our own write of a registration',
        );
      });
      const shipment = await shipmentWhen(world(), employee, isPinSent, { tenant: tenantWithRegistration });
      expect(shipment['registration']).toMatchObject({ state: 'ready', problem: null });
    });
  });
}
