import { randomUUID } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import type { Hris } from '../world/hris.ts';
import { createEmployee, isPinSent, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** A tenant with an HRIS, and one whose org uses a service app in place of an API token. */
export const tenantsWithSystems = { hris: 'with-hris', serviceApp: 'with-service-app' } as const;

export function tenantsHaveTheirOwnSystems(
  world: () => World,
  systems: () => { hris: Hris; clientId: string; publicKey: unknown },
): void {
  describe('a tenant with an HRIS', () => {
    const tenant = tenantsWithSystems.hris;

    test('has keys sent to the addresses of the HRIS, and waits while the HRIS is unavailable', async () => {
      const { hris } = systems();
      const employee = await createEmployee(world());
      hris.setPerson(employee.login, {
        home: { street: '4 Personnel Lane', town: 'Salem', region: 'OR', postcode: '97301', country: 'us' },
        email: `${randomUUID()}@evil.example`,
      });
      hris.setMode('hanging');
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await waitUntil('a request to the HRIS', async () => hris.requests().includes(employee.login));
      expect(await world().api(tenant).shipment(id)).toMatchObject({ status: 'requested', hold: null });
      hris.setMode('unavailable');
      const requested = hris.requests().length;
      await waitUntil('another request to the HRIS', async () => hris.requests().length > requested);
      hris.setMode('answering');
      const sent = await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(sent).toMatchObject({ profile: { city: { source: 'hris' }, lastName: { source: 'okta' } } });
      const [order] = (await world().provider.orders(tenant)).filter(({ customer_reference }) =>
        customer_reference?.startsWith(id),
      );
      expect(order).toMatchObject({ mailing_address: { street_line1: '4 Personnel Lane', city: 'Salem' } });
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });

    test('has keys sent to the address in Okta if the HRIS does not know the user', async () => {
      const employee = await createEmployee(world());
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
    });
  });

  describe('a tenant whose org uses a service app', () => {
    const tenant = tenantsWithSystems.serviceApp;

    test('gets keys with access tokens that are bound to a key (DPoP), also after the tokens were revoked', async () => {
      const { clientId, publicKey } = systems();
      const org = world().stack.local.oktaSimulator;
      const scopes = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];
      await callOk('POST', `${org}/sim/apps`, { body: { clientId, jwks: { keys: [publicKey] }, scopes } });
      for (const _ of [1, 2]) {
        const employee = await createEmployee(world());
        const { id } = await world()
          .api(tenant)
          .request({ login: employee.login, ...product });
        expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
        await callOk('DELETE', `${org}/sim/tokens`);
      }
    });
  });
}
