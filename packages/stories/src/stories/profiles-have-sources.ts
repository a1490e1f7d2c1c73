import { randomUUID } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import type { Hris } from '../world/hris.ts';
import { hire, isPinSent, pinsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** A company with a personnel system, and one whose org takes a service app instead of an API token. */
export const sourcedTenants = { hris: 'with-hris', serviceApp: 'with-service-app' } as const;

export function profilesHaveSources(
  world: () => World,
  outside: () => { hris: Hris; clientId: string; publicKey: unknown },
): void {
  describe('a company with a personnel system', () => {
    const tenant = sourcedTenants.hris;

    test('sends keys to the addresses that it has, and waits while it is silent', async () => {
      const { hris } = outside();
      const employee = await hire(world());
      hris.setPerson(employee.login, {
        home: { street: '4 Personnel Lane', town: 'Salem', region: 'OR', postcode: '97301', country: 'us' },
        email: `${randomUUID()}@evil.example`,
      });
      hris.setMood('hanging');
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      await waitUntil('the HRIS to be asked', async () => hris.asked().includes(employee.login));
      expect(await world().api(tenant).shipment(id)).toMatchObject({ status: 'requested', hold: null });
      hris.setMood('unavailable');
      const asked = hris.asked().length;
      await waitUntil('it to be asked again', async () => hris.asked().length > asked, { timeoutMs: 30_000 });
      hris.setMood('answering');
      const sent = await shipmentWhen(world(), employee, isPinSent, { tenant });
      expect(sent).toMatchObject({ profile: { city: { source: 'hris' }, lastName: { source: 'okta' } } });
      const [order] = (await world().provider.orders(tenant)).filter(({ customer_reference }) =>
        customer_reference?.startsWith(id),
      );
      expect(order).toMatchObject({ mailing_address: { street_line1: '4 Personnel Lane', city: 'Salem' } });
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });

    test('ships to what Okta has of somebody whom it does not know', async () => {
      const employee = await hire(world());
      const { id } = await world()
        .api(tenant)
        .request({ login: employee.login, ...product });
      expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
    });
  });

  describe('a company whose org knows keycourier as a service app', () => {
    const tenant = sourcedTenants.serviceApp;

    test('gets its keys with tokens that are bound to a key (DPoP), also after they were revoked', async () => {
      const { clientId, publicKey } = outside();
      const org = world().stack.local.oktaSimulator;
      const scopes = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];
      await callOk('POST', `${org}/sim/apps`, { body: { clientId, jwks: { keys: [publicKey] }, scopes } });
      for (const _ of [1, 2]) {
        const employee = await hire(world());
        const { id } = await world()
          .api(tenant)
          .request({ login: employee.login, ...product });
        expect((await shipmentWhen(world(), employee, isPinSent, { tenant })).id).toBe(id);
        await callOk('DELETE', `${org}/sim/tokens`);
      }
    });
  });
}
