import { beforeAll, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { untilProvisioned } from '../world/okta-app.ts';
import { createEmployee, isPinSent, pinsFor, product, shipmentWhen, type Employee } from '../world/people.ts';
import { scimUser } from '../world/scim-connections.ts';
import { registrationAttribute } from '../world/scim-world.ts';
import type { Connected, ScimWorld } from '../world/scim-world.ts';

const withProfile = z.looseObject({ profile: z.record(z.string(), z.unknown()) });

export function registrationsComeBack(current: () => ScimWorld): void {
  const world = () => current().world;
  const attributeOf = async ({ id }: Employee): Promise<unknown> =>
    withProfile.parse(await world().org().send('GET', `/api/v1/users/${id}`)).profile[registrationAttribute];
  const untilAttributeIs = (employee: Employee, value: string): Promise<unknown> =>
    waitUntil(`${registrationAttribute} of ${employee.login}`, async () => (await attributeOf(employee)) === value);

  describe('the attribute in Okta that says who is ready', () => {
    let connected: Connected | undefined;
    beforeAll(async () => {
      connected = await current().connect('template', 'Mirror of the attribute');
      await connected.app.map({ costCenter: `user.${registrationAttribute}` });
    });

    test('is true once the key works and false when it is revoked, and what comes back of it as a SCIM update starts nothing', async () => {
      if (connected === undefined) return;
      const { app, access } = connected;
      const employee = await createEmployee(world());
      await app.assign(employee.id);
      await untilProvisioned(world());
      expect(await attributeOf(employee)).not.toBe('true');
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      await shipmentWhen(world(), employee, isPinSent);
      await untilAttributeIs(employee, 'true');
      await waitUntil('the attribute as a SCIM update', async () =>
        JSON.stringify(await scimUser(access, employee.login)).includes('"costCenter":"true"'),
      );

      // Who is no longer in the directory has the credential revoked after the grace; in Okta they stay active.
      await app.unassign(employee.id);
      await shipmentWhen(world(), employee, ({ credential }) => credential.state === 'revoked');
      await untilAttributeIs(employee, 'false');
      expect((await world().api().shipmentsOf(employee.id)).map((one) => one.id)).toEqual([id]);
      expect(await pinsFor(world(), employee.login)).toHaveLength(1);
    });
  });
}
