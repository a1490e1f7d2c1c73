import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { queryLedger, untilDirectoryEventsAreDecided } from '../world/ledger.ts';
import { untilProvisioned } from '../world/okta-app.ts';
import { createEmployee, mailsFor, type Employee } from '../world/people.ts';
import { connectQueues, type Queues } from '../world/queues.ts';
import { createScimAccess, scimUser } from '../world/scim-connections.ts';
import type { Connected, ScimWorld } from '../world/scim-world.ts';

const subject = 'You will sign in with a security key';

export function newPeopleAreWelcomed(current: () => ScimWorld): void {
  const world = () => current().world;
  const welcomesOf = async (address: string) =>
    (await mailsFor(world(), address)).filter((mail) => mail.subject === subject);
  const decided = (): Promise<unknown> => untilDirectoryEventsAreDecided(world());
  /** What became of the person who was created last. */
  const lastCreation = async (): Promise<Record<string, unknown> | undefined> => {
    await decided();
    const [event] = await queryLedger(
      world(),
      `select id, state, reason from inbound_events where event_type = 'scim.user.created' order by id desc limit 1`,
    );
    return event;
  };

  describe('the welcome mail of a connection that sends enrollment mails', () => {
    let connected: Connected | undefined;
    let queues: Queues | undefined;
    const now = (): Connected => {
      if (connected === undefined) throw new ReferenceError('the app is used before it is connected');
      return connected;
    };
    beforeAll(async () => {
      connected = await current().connect('template', 'Welcomes', { sendEnrollmentMails: true });
    });
    afterAll(() => queues?.close());

    const welcomed = async (): Promise<Employee> => {
      const employee = await createEmployee(world());
      await now().app.assign(employee.id);
      await untilProvisioned(world());
      await waitUntil('the welcome mail', async () => (await welcomesOf(employee.login)).length > 0);
      return employee;
    };

    test('goes to the address that was pushed, once, and has nothing to click or to enter', async () => {
      const { login, profile } = await welcomed();
      await decided();
      const [mail, ...more] = await welcomesOf(login);
      expect(more).toEqual([]);
      expect(mail?.to).toHaveLength(1);
      expect(mail?.text).toContain(`Hello ${profile['firstName'] ?? ''},`);
      expect(mail?.text).not.toMatch(/https?:|\d{4}/);
      expect(mail?.html).not.toMatch(/href|<form/i);
    });

    test('is not sent again for a create that the client repeats, a sync, a group that is pushed, nor a user who comes back', async () => {
      const employee = await welcomed();
      const { app, access } = now();
      const { id } = await scimUser(access, employee.login);
      const repeated = { userName: employee.login, emails: [{ value: employee.login }], active: true };
      expect((await access.send('POST', '/Users', repeated)).status).toBe(409);
      await app.forceSync();

      const groupId = await world().org().createGroup('Welcomed people');
      await world().org().addToGroup(groupId, employee.id);
      const mappingId = await app.pushGroup(groupId);
      await untilProvisioned(world());
      await app.pushNow(mappingId);

      await app.unassign(employee.id);
      await untilProvisioned(world());
      expect(await access.send('POST', '/Users', repeated)).toMatchObject({ status: 201, body: { id } });
      await app.assign(employee.id);
      await untilProvisioned(world());
      expect(await scimUser(access, employee.login)).toMatchObject({ id, active: true });
      await decided();
      expect(await welcomesOf(employee.login)).toHaveLength(1);
    });

    test('is not sent again when the job runs again, nor when the worker was killed before it recorded what it had done', async () => {
      const employee = await welcomed();
      const eventId = String((await lastCreation())?.['id']);
      queues = await connectQueues(world());
      const run = async (name: string): Promise<unknown> => {
        const job = await queues?.run('accept-event', eventId, name);
        await waitUntil('the job to end', async () => (await job?.state()) === 'completed');
        return job?.result();
      };
      expect(await run('redelivered')).toEqual({ outcome: 'done', why: 'already decided' });
      await queryLedger(
        world(),
        `update inbound_events set state = 'received', reason = null, processed_at = null where id = $1`,
        [eventId],
      );
      // The sweep may have found the event first, and then decides the same, perhaps after this job has ended.
      await run('after-a-kill');
      await untilDirectoryEventsAreDecided(world());
      const decided = await queryLedger(world(), 'select state, reason from inbound_events where id = $1', [eventId]);
      expect(decided).toEqual([{ state: 'ignored', reason: 'the person was welcomed before, or may have been' }]);
      expect(await welcomesOf(employee.login)).toHaveLength(1);
    });

    test.each([
      ['a list of addresses', (address: string) => `${address}, ${address}`],
      ['a display name', (address: string) => `New hire <${address}>`],
      ['no @', (address: string) => address.replace('@', '.')],
    ])('is not sent to an address that is none: %s', async (what, broken) => {
      const address = `${what.replaceAll(/\W/g, '-')}@acme.example`;
      const { access } = now();
      const created = await access.send('POST', '/Users', { userName: address, emails: [{ value: broken(address) }] });
      expect(created.status).toBe(201);
      expect(await lastCreation()).toMatchObject({
        state: 'ignored',
        reason: 'the person has no valid e-mail address for a welcome mail',
      });
      expect(await welcomesOf(address)).toEqual([]);
    });
  });

  test('a connection without the option sends no welcome mail', async () => {
    const access = await createScimAccess(world(), { url: current().proxy.url, name: 'No welcomes' });
    const login = 'not.welcomed@acme.example';
    await access.send('POST', '/Users', { userName: login, emails: [{ value: login }] });
    expect(await lastCreation()).toMatchObject({
      state: 'ignored',
      reason: 'the connection sends no enrollment mails',
    });
    expect(await welcomesOf(login)).toEqual([]);
  });
}
