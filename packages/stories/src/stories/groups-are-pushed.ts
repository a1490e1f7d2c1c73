import { beforeAll, describe, expect, test } from '@jest/globals';

import { adminTasks, setProvisioning, untilProvisioned, type AppKind } from '../world/okta-app.ts';
import { createEmployee, type Employee } from '../world/people.ts';
import { findScimGroup, membersOf, scimUser } from '../world/scim-connections.ts';
import { sixHundred, type Connected, type ScimWorld } from '../world/scim-world.ts';

export function groupsArePushed(current: () => ScimWorld): void {
  const world = () => current().world;
  const join = (groupId: string, { id }: Employee): Promise<unknown> => world().org().addToGroup(groupId, id);
  const leave = (groupId: string, { id }: Employee): Promise<unknown> => world().org().removeFromGroup(groupId, id);
  const idsOf = async ({ access }: Connected, employees: readonly Employee[]): Promise<string[]> =>
    (await Promise.all(employees.map(async ({ login }) => (await scimUser(access, login)).id))).sort();

  describe.each<AppKind>(['template', 'wizard'])('a group that a %s app pushes', (kind) => {
    const name = `Pushed by a ${kind} app`;
    let connected: Connected | undefined;
    let [groupId, mappingId] = ['', ''];
    const employees: Employee[] = [];
    const now = (): Connected => {
      if (connected === undefined) throw new ReferenceError('the app is used before it is connected');
      return connected;
    };
    beforeAll(async () => {
      connected = await current().connect(kind, `Groups of ${kind} app`);
      for (let one = 0; one < 4; one += 1) employees.push(await createEmployee(world()));
      for (const { id } of employees) await now().app.assign(id);
      groupId = await world().org().createGroup(name);
      await untilProvisioned(world());
    });

    test('arrives with its members, also where it is empty at first', async () => {
      mappingId = await now().app.pushGroup(groupId);
      await untilProvisioned(world());
      expect(await membersOf(now().access, name)).toEqual([]);
      for (const employee of employees.slice(0, 2)) await join(groupId, employee);
      await untilProvisioned(world());
      expect(await membersOf(now().access, name)).toEqual(await idsOf(now(), employees.slice(0, 2)));
    });

    test('keeps its version when "Push now" finds nothing to change', async () => {
      const before = await findScimGroup(now().access, name);
      await now().app.pushNow(mappingId);
      await untilProvisioned(world());
      expect(await findScimGroup(now().access, name)).toEqual(before);
    });

    test('has who joined and not who left, in any order that the requests have', async () => {
      await setProvisioning(world(), { ordered: false });
      const [first, second, third, fourth] = employees;
      if (first === undefined || second === undefined || third === undefined || fourth === undefined) return;
      await Promise.all([leave(groupId, first), join(groupId, third), join(groupId, fourth)]);
      await untilProvisioned(world());
      await setProvisioning(world(), { ordered: true });
      expect(await membersOf(now().access, name)).toEqual(await idsOf(now(), [second, third, fourth]));
      expect(await adminTasks(world())).toEqual([]);
    });

    test('is the same group when it is renamed', async () => {
      const before = await findScimGroup(now().access, name);
      await world()
        .org()
        .send('PUT', `/api/v1/groups/${groupId}`, { profile: { name: `${name}, renamed` } });
      await untilProvisioned(world());
      const after = await findScimGroup(now().access, `${name}, renamed`);
      expect(after).toMatchObject({ id: before?.id, members: before?.members });
      expect(await findScimGroup(now().access, name)).toBeNull();
    });
  });

  describe('a group of 600 people', () => {
    const [pushed, assigned] = sixHundred.groups;
    const size = sixHundred.logins.length;

    test('is pushed by PATCHes of at most 256 members, after all of them have arrived', async () => {
      const { app, access } = await six();
      await setProvisioning(world(), { parallel: 16 });
      await app.assignGroup(await world().org().groupId(assigned));
      await untilProvisioned(world());
      await setProvisioning(world(), { parallel: 4 });
      await app.pushGroup(await world().org().groupId(pushed));
      await untilProvisioned(world());
      expect(await membersOf(access, pushed)).toHaveLength(size);
      expect(await adminTasks(world())).toEqual([]);
      const patches = current().proxy.requests.filter(
        ({ method, path }) => method === 'PATCH' && path.includes(access.id),
      );
      // Three times the name and a list of members.
      expect(patches).toHaveLength(6);
      expect(patches.filter(({ status }) => status >= 300)).toEqual([]);
    });

    test('is counted completely by an import', async () => {
      const imported = await (await six()).app.importUsers();
      expect(imported).toMatchObject({ state: 'done', users: size, inactive: 0, unassigned: [], problems: [] });
      expect(imported.matched).toHaveLength(size);
    });

    let connected: Promise<Connected> | undefined;
    const six = (): Promise<Connected> => (connected ??= current().connect('template', 'Six hundred'));
  });
}
