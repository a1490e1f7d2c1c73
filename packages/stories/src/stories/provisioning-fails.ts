import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { updateConnection } from '@keycourier/ledger/directory/connections/connections';
import { createToken, listTokens, revokeToken } from '@keycourier/ledger/directory/connections/tokens';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { whileHeld } from '../world/hold-table.ts';
import { inLedger } from '../world/ledger.ts';
import { adminTasks, retryTask, untilProvisioned } from '../world/okta-app.ts';
import { createEmployee, type Employee } from '../world/people.ts';
import {
  findScimGroup,
  findScimUser,
  membersOf,
  scimClient,
  scimUser,
  type ScimGroup,
} from '../world/scim-connections.ts';
import type { Connected, ScimWorld } from '../world/scim-world.ts';

const tenant = 'acme';

/** Without the location, which has another port after a restart. */
const versionOf = (group: ScimGroup | null) => ({
  version: group?.meta.version,
  lastModified: group?.meta.lastModified,
});

export function provisioningFails(current: () => ScimWorld): void {
  const world = () => current().world;
  const assign = async ({ app }: Connected, count: number): Promise<Employee[]> => {
    const employees: Employee[] = [];
    for (let one = 0; one < count; one += 1) employees.push(await createEmployee(world()));
    for (const { id } of employees) await app.assign(id);
    return employees;
  };
  /** The one task of the admin. */
  const theTask = async (): Promise<{ id: string; message: string }> => {
    await untilProvisioned(world());
    const [task, ...more] = await adminTasks(world());
    if (task === undefined || more.length > 0) throw new RangeError(`There are ${more.length} more tasks than one`);
    return task;
  };
  const retry = async (id: string): Promise<void> => {
    await retryTask(world(), id);
    await untilProvisioned(world());
    expect(await adminTasks(world())).toEqual([]);
  };

  const retryAll = async (): Promise<void> => {
    await waitUntil('the end of all tasks', async () => {
      await untilProvisioned(world());
      const tasks = await adminTasks(world());
      for (const { id } of tasks) await retryTask(world(), id);
      return tasks.length === 0;
    });
  };

  describe('an admin whose provisioning fails', () => {
    test('reads why in a task, switches on what it names, and a retry links the person under their id', async () => {
      const first = await current().connect('template', 'Owner');
      const second = await current().connect('template', 'Newcomer');
      const [employee] = await assign(first, 1);
      if (employee === undefined) return;
      await untilProvisioned(world());
      await second.app.assign(employee.id);
      const task = await theTask();
      expect(task.message).toContain('Conflict. Errors reported by remote server: ');
      expect(task.message).toMatch(/another .*(connection|source).*[Rr]ead all users/);
      expect(task.message.split('remote server: ')[1]).not.toContain(employee.login);
      await inLedger(world(), (ledger) =>
        updateConnection(ledger, { tenant, id: second.access.id, options: { readAll: true } }),
      );
      await retry(task.id);
      const { id } = await scimUser(second.access, employee.login);
      expect(await findScimUser(first.access, employee.login).then((found) => found?.id ?? id)).toBe(id);
    });

    test('rotates the token while people are pushed, and no user is lost; a revoked one is refused, as a task says', async () => {
      const connected = await current().connect('wizard', 'Rotating');
      const { app, access } = connected;
      const of = { tenant, connectionId: access.id };
      const [old] = await inLedger(world(), (ledger) => listTokens(ledger, of));
      const employees = await assign(connected, 6);
      const created = await inLedger(world(), (ledger) => createToken(ledger, of, { kind: 'bearer' }));
      if (created.outcome !== 'created') throw new RangeError(created.outcome);
      await app.enterToken({ url: access.url, token: created.token.secret });
      employees.push(...(await assign(connected, 6)));
      await untilProvisioned(world());
      await inLedger(world(), (ledger) => revokeToken(ledger, of, old?.id ?? ''));
      employees.push(...(await assign(connected, 1)));
      await untilProvisioned(world());
      expect(await adminTasks(world())).toEqual([]);
      expect((await access.send('GET', '/Users?count=1')).status).toBe(401);
      const renewed = { ...access, send: scimClient(access.url, created.token.secret) };
      for (const { login } of employees) expect(await scimUser(renewed, login)).toMatchObject({ active: true });

      await inLedger(world(), (ledger) => revokeToken(ledger, of, created.token.id));
      const [late] = await assign(connected, 1);
      const task = await theTask();
      expect(task.message).toContain('Unauthorized. Errors reported by remote server: ');
      const third = await inLedger(world(), (ledger) => createToken(ledger, of, { kind: 'bearer' }));
      if (third.outcome !== 'created') throw new RangeError(third.outcome);
      await app.enterToken({ url: access.url, token: third.token.secret });
      await retry(task.id);
      const again = { ...access, send: scimClient(access.url, third.token.secret) };
      expect(await scimUser(again, late?.login ?? '')).toMatchObject({ externalId: late?.id });
    });
  });

  describe('a SCIM process that is killed while a group is pushed', () => {
    test.each(['template', 'wizard'] as const)(
      'by a %s app: nothing of it is there, and the client’s retry completes it',
      async (kind) => {
        const connected = await current().connect(kind, `Killed with a ${kind} app`);
        const { app, access } = connected;
        const employees = await assign(connected, 5);
        await untilProvisioned(world());
        const name = `Killed with a ${kind} app`;
        const groupId = await world().org().createGroup(name);
        await app.pushGroup(groupId);
        await untilProvisioned(world());
        const before = await findScimGroup(access, name);
        await whileHeld(world(), 'directory_members', async (untilWaitedFor) => {
          for (const { id } of employees) await world().org().addToGroup(groupId, id);
          await untilWaitedFor();
          await world().stack.children.get('scim')?.kill();
        });
        await world().stack.restart('scim');
        expect(await findScimGroup(access, name)).toMatchObject({ members: before?.members, meta: versionOf(before) });
        await retryAll();
        const ids = await Promise.all(employees.map(async ({ login }) => (await scimUser(access, login)).id));
        expect(await membersOf(access, name)).toEqual(ids.sort());
      },
    );
  });

  describe('a SCIM process that is stopped while requests wait for their turn', () => {
    test('begins none of those whose clients have left, and ends without an error', async () => {
      const { access } = await current().connect('template', 'Stopped');
      const child = world().stack.children.get('scim');
      const log = join(world().stack.dataDir, 'logs', 'scim.log');
      const before = (await readFile(log, 'utf8')).length;
      const logged = async (): Promise<string> => (await readFile(log, 'utf8')).slice(before);
      const clients = new AbortController();
      await whileHeld(world(), 'people', async (untilWaitedFor) => {
        const url = `${child?.url ?? ''}/scim/v2/${access.id}/Users`;
        const requests = Array.from({ length: 12 }, (_, index) =>
          fetch(url, { ...post({ userName: `waiting.${index}` }, access.token), signal: clients.signal }),
        );
        await untilWaitedFor();
        // An answer on a connection that came after theirs: they have arrived.
        await fetch(`${child?.url ?? ''}/healthz`);
        clients.abort();
        await Promise.allSettled(requests);
        child?.signal('SIGTERM');
        await waitUntil('the drain', async () => (await logged()).includes('scim is draining'));
      });
      expect(await child?.ended).toBe(0);
      expect(await logged()).toContain('scim stopped');
      expect(await logged()).not.toMatch(/"level":(?:40|50|60)/);
      await world().stack.restart('scim');
    });
  });
}

const post = (body: object, token: string) => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
  body: JSON.stringify(body),
});
