import { beforeAll, describe, expect, test } from '@jest/globals';

import { adminTasks, untilProvisioned, type AppKind } from '../world/okta-app.ts';
import { createEmployee, type Employee } from '../world/people.ts';
import { findScimUser, scimUser } from '../world/scim-connections.ts';
import type { Connected, ScimWorld } from '../world/scim-world.ts';

const kinds: readonly (readonly [AppKind, string])[] = [
  ['template', 'an app of Okta’s catalogue'],
  ['wizard', 'an app of the integration wizard'],
];

export function peopleAreProvisioned(current: () => ScimWorld): void {
  describe.each(kinds)('people of %s app', (kind) => {
    let connected: Connected | undefined;
    const { app, access } = {
      app: () => connectedNow().app,
      access: () => connectedNow().access,
    };
    const connectedNow = (): Connected => {
      if (connected === undefined) throw new ReferenceError('the app is used before it is connected');
      return connected;
    };
    beforeAll(async () => {
      connected = await current().connect(kind, `People of ${kind} app`);
    });
    const world = () => current().world;
    const assigned = async (): Promise<Employee> => {
      const employee = await createEmployee(world());
      await app().assign(employee.id);
      await untilProvisioned(world());
      return employee;
    };
    const update = async (employee: Employee, profile: Record<string, string>): Promise<void> => {
      await world().org().updateUser(employee.id, profile);
      await untilProvisioned(world());
    };

    test('an admin connects an app and assigns people: each arrives once with what Okta knows, and nothing is ordered', async () => {
      const employees = await Promise.all([1, 2, 3].map(() => createEmployee(world())));
      for (const { id } of employees) await app().assign(id);
      await untilProvisioned(world());
      for (const { id, login, profile } of employees) {
        expect(await scimUser(access(), login)).toMatchObject({
          userName: login,
          externalId: id,
          active: true,
          name: { givenName: profile['firstName'], familyName: profile['lastName'] },
          addresses: [{ streetAddress: profile['streetAddress'], postalCode: '97205', country: 'US' }],
        });
        expect(await world().api().shipmentsOf(id)).toEqual([]);
      }
      expect(await adminTasks(world())).toEqual([]);
    });

    test('a changed profile and a new name reach the directory: the same person under the same id', async () => {
      const employee = await assigned();
      const { id } = await scimUser(access(), employee.login);
      await update(employee, { streetAddress: '7 New Street', login: `renamed.${employee.login}` });
      expect(await scimUser(access(), `renamed.${employee.login}`)).toMatchObject({
        id,
        externalId: employee.id,
        addresses: [{ streetAddress: '7 New Street' }],
      });
      expect(await findScimUser(access(), employee.login)).toBeNull();
    });

    test('a person who is unassigned is inactive and can still be read; assigned again, they are active under the same id', async () => {
      const employee = await assigned();
      const { id } = await scimUser(access(), employee.login);
      await app().unassign(employee.id);
      await untilProvisioned(world());
      expect(await scimUser(access(), employee.login)).toMatchObject({ id, active: false });
      await app().assign(employee.id);
      await untilProvisioned(world());
      expect(await scimUser(access(), employee.login)).toMatchObject({ id, active: true });
    });

    test('a person who is deactivated in Okta is inactive here, without a task for the admin', async () => {
      const employee = await assigned();
      const { id } = await scimUser(access(), employee.login);
      await world().org().lifecycle(employee.id, 'deactivate');
      await untilProvisioned(world());
      expect(await scimUser(access(), employee.login)).toMatchObject({ id, active: false });
      expect(await adminTasks(world())).toEqual([]);
    });

    test('"Force Sync" sends back what was read, and changes nothing: version and time stay', async () => {
      const employee = await assigned();
      const { meta } = await scimUser(access(), employee.login);
      const before = current().proxy.requests.length;
      await app().forceSync();
      await untilProvisioned(world());
      const puts = current()
        .proxy.requests.slice(before)
        .filter(({ method }) => method === 'PUT');
      expect(puts.length).toBeGreaterThanOrEqual(1);
      expect(puts.filter(({ status }) => status !== 200)).toEqual([]);
      expect((await scimUser(access(), employee.login)).meta).toEqual(meta);
    });

    test(`${kind === 'wizard' ? 'Okta’s own password' : 'a placeholder password'} is accepted, at first and when it is changed in Okta`, async () => {
      const employee = await assigned();
      const before = current().proxy.passwords.size;
      const value = `Own-${employee.id}-Pass9`;
      await world()
        .org()
        .send('POST', `/api/v1/users/${employee.id}`, { credentials: { password: { value } } });
      await untilProvisioned(world());
      expect([...current().proxy.passwords].includes(value)).toBe(kind === 'wizard');
      expect(current().proxy.passwords.size).toBe(before + (kind === 'wizard' ? 1 : 0));
      expect(await adminTasks(world())).toEqual([]);
    });
  });
}
