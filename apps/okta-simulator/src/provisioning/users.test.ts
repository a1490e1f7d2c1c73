import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { startApp, tasksOf, waitUntilIdle, type RunningApp } from '../testing/apps.ts';
import { bodyOf, createGroup, createUser, profile, startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
const apps: RunningApp[] = [];

beforeAll(async () => {
  org = await startOrg();
  await org.call('PUT', '/sim/provisioning', { putDelayMs: 0 });
});

// No test makes a request that Okta would not make.
afterEach(async () => {
  await waitUntilIdle(org);
  for (const { server } of apps.splice(0)) {
    expect(server.faults).toEqual([]);
    await server.close();
  }
  expect(await tasksOf(org)).toEqual([]);
});

afterAll(() => org.close());

async function start(client: 'template' | 'wizard', more: Partial<Parameters<typeof startApp>[1]> = {}) {
  const app = await startApp(org, { client, ...more });
  apps.push(app);
  return app;
}

/** The names of the requests since the app was connected, which makes two calls to test the credentials. */
const sent = ({ server }: RunningApp): (string | undefined)[] => server.received.slice(2).map(({ name }) => name);

const appUserShape = z.looseObject({ status: z.string(), externalId: z.string().optional(), syncState: z.string() });
const readAppUser = async ({ path }: RunningApp, userId: string) =>
  bodyOf(appUserShape, await org.call('GET', `${path}/users/${userId}`));

const setStatus = (userId: string, verb: string) => org.call('POST', `/api/v1/users/${userId}/lifecycle/${verb}`);

async function eventsAbout(userId: string): Promise<string[]> {
  const filter = encodeURIComponent(`target.id eq "${userId}" and eventType sw "application."`);
  const reply = await org.call('GET', `/api/v1/logs?limit=1000&filter=${filter}`);
  return bodyOf(z.array(z.looseObject({ eventType: z.string() })), reply).map(({ eventType }) => eventType);
}

const kinds = ['template', 'wizard'] as const;

describe.each(kinds)('an app of the kind %s', (client) => {
  test('creates a user after a look-up, with a placeholder password, and knows their id', async () => {
    const app = await start(client);
    const userId = await app.person();
    await waitUntilIdle(org);
    expect(sent(app)).toEqual(['look-up of a user', 'create of a user']);
    const created = app.server.received.at(-1);
    expect(created?.body).toMatchObject({ externalId: userId, groups: [], active: true });
    expect(created?.text).toMatch(/"password":"[^"]{16}"/);
    const [externalId] = [...app.server.users.keys()];
    expect(await readAppUser(app, userId)).toMatchObject({
      status: 'PROVISIONED',
      externalId,
      syncState: 'SYNCHRONIZED',
    });
    expect(await eventsAbout(userId)).toEqual([
      'application.user_membership.add',
      'application.provision.user.verify_exists',
      'application.provision.user.push',
    ]);
  });

  test('links a person who is there, by user name in any case, and makes no second one', async () => {
    const app = await start(client);
    const { login } = z.object({ login: z.string() }).parse(profile());
    const there = { id: 'made-by-hand', userName: login.toUpperCase(), badge: { number: 7 }, active: true };
    app.server.users.set(there.id, there);
    const userId = await app.person({ login });
    await waitUntilIdle(org);
    expect(sent(app)).toEqual(['look-up of a user', 'read of a user', 'update of a user']);
    expect([...app.server.users.values()]).toMatchObject([
      { id: 'made-by-hand', badge: { number: 7 }, userName: login },
    ]);
    expect(await readAppUser(app, userId)).toMatchObject({ externalId: 'made-by-hand' });
  });

  test('pushes a changed profile and a changed login as a PUT of what it has read', async () => {
    const app = await start(client, { ownAttributes: { roles: [{ value: 'reader' }] } });
    const userId = await app.person();
    await waitUntilIdle(org);
    const login = `renamed.by.${client}@acme.example`;
    await org.call('POST', `/api/v1/users/${userId}`, { profile: { firstName: 'Augusta', login } });
    await waitUntilIdle(org);
    expect(sent(app).slice(2)).toEqual(['read of a user', 'update of a user']);
    const [user, ...others] = app.server.users.values();
    expect(user).toMatchObject({ userName: login, name: { givenName: 'Augusta' }, roles: [{ value: 'reader' }] });
    expect(others).toEqual([]);
    await org.call('DELETE', `${app.path}/users/${userId}`);
  });

  test('sends nothing about an attribute that is not mapped, nor on suspend, unsuspend and delete', async () => {
    const app = await start(client);
    const userId = await app.person();
    await setStatus(userId, 'activate');
    await waitUntilIdle(org);
    const before = sent(app).length;
    await org.call('POST', `/api/v1/users/${userId}`, {
      profile: { nickName: null },
      credentials: { password: { value: 'Correct horse 1' } },
    });
    for (const verb of ['suspend', 'unsuspend']) expect((await setStatus(userId, verb)).status).toBe(200);
    await waitUntilIdle(org);
    expect(sent(app)).toHaveLength(before);
    await setStatus(userId, 'deactivate');
    await waitUntilIdle(org);
    const deactivated = sent(app).length;
    expect((await org.call('DELETE', `/api/v1/users/${userId}`)).status).toBe(204);
    await waitUntilIdle(org);
    expect(sent(app)).toHaveLength(deactivated);
  });

  const deactivation = client === 'template' ? ['status of a user'] : ['read of a user', 'update of a user'];

  test.each(['unassigned', 'deactivated', 'removed from the group'])('deactivates a user who is %s', async (how) => {
    const app = await start(client);
    const group = await createGroup(org, `Staff ${client} ${how}`);
    const userId = await createUser(org);
    if (how === 'removed from the group') {
      await org.call('PUT', `/api/v1/groups/${group}/users/${userId}`);
      await org.call('PUT', `${app.path}/groups/${group}`);
    } else await app.assign(userId);
    await waitUntilIdle(org);
    const before = sent(app).length;
    if (how === 'unassigned') await org.call('DELETE', `${app.path}/users/${userId}`);
    else if (how === 'deactivated') await setStatus(userId, 'deactivate');
    else await org.call('DELETE', `/api/v1/groups/${group}/users/${userId}`);
    await waitUntilIdle(org);
    expect(sent(app).slice(before)).toEqual(deactivation);
    expect([...app.server.users.values()]).toMatchObject([{ active: false }]);
    expect((await org.call('GET', `${app.path}/users/${userId}`)).status).toBe(404);
    expect(await eventsAbout(userId)).toContain('application.provision.user.deactivate');
  });

  test.each([
    [false, true],
    [true, false],
  ])('with stale profiles %s, a quick new assignment after a reactivation leaves active: %s', async (stale, active) => {
    const app = await start(client);
    const userId = await app.person();
    await waitUntilIdle(org);
    await setStatus(userId, 'deactivate');
    await org.call('PUT', '/sim/provisioning', { staleReactivation: stale });
    await setStatus(userId, 'activate');
    await waitUntilIdle(org);
    expect([...app.server.users.values()]).toMatchObject([{ active: false }]);
    await app.assign(userId);
    await waitUntilIdle(org);
    await org.call('PUT', '/sim/provisioning', { staleReactivation: false });
    expect([...app.server.users.values()]).toMatchObject([{ active }]);
    expect(await eventsAbout(userId)).toContain('application.provision.user.reactivate');
  });

  test('gives the apps of a group back to a member who is activated again', async () => {
    const app = await start(client);
    const group = await createGroup(org, `Returning ${client}`);
    await org.call('PUT', `${app.path}/groups/${group}`);
    const userId = await createUser(org);
    await org.call('PUT', `/api/v1/groups/${group}/users/${userId}`);
    await setStatus(userId, 'deactivate');
    await waitUntilIdle(org);
    await setStatus(userId, 'activate');
    await waitUntilIdle(org);
    expect([...app.server.users.values()]).toMatchObject([{ active: true }]);
  });

  test('synchronizes the Okta password: with the create, and when it changes', async () => {
    const app = await start(client, { seed: 'OKTA' });
    const userId = await createUser(org);
    await org.call('POST', `/api/v1/users/${userId}`, { credentials: { password: { value: 'First secret 1' } } });
    await app.assign(userId);
    await waitUntilIdle(org);
    expect(app.server.received.at(-1)?.body).toMatchObject({ password: 'First secret 1' });
    await org.call('POST', `/api/v1/users/${userId}`, { credentials: { password: { value: 'Second secret 2' } } });
    await waitUntilIdle(org);
    expect(sent(app).slice(2)).toEqual(
      client === 'template' ? ['password of a user'] : ['read of a user', 'update of a user'],
    );
    expect(app.server.received.at(-1)?.text).toContain('"password":"Second secret 2"');
    expect((await eventsAbout(userId)).at(-1)).toBe('application.provision.user.push_okta_password');
  });
});

test('the first sign-in pushes the password once to an app that has only a placeholder', async () => {
  const app = await start('template', { seed: 'OKTA' });
  const userId = await app.person();
  await waitUntilIdle(org);
  for (const _twice of [1, 2]) {
    expect((await org.call('POST', `/sim/users/${userId}/sign-in`, { password: 'Known now 1' })).status).toBe(204);
    await waitUntilIdle(org);
  }
  expect(sent(app)).toEqual(['look-up of a user', 'create of a user', 'password of a user']);
});

test('a user who was assigned before provisioning was on is provisioned only by the button', async () => {
  const app = await start('template');
  await org.call('POST', `${app.path}/connections/default/lifecycle/deactivate`);
  const userId = await app.person();
  await org.call('POST', `${app.path}/connections/default/lifecycle/activate`);
  await org.call('POST', `/sim/apps/${app.id}/force-sync`);
  await waitUntilIdle(org);
  expect(await readAppUser(app, userId)).toMatchObject({ status: 'ACTIVE', syncState: 'DISABLED' });
  expect(app.server.users.size).toBe(0);
  await org.call('POST', `/sim/apps/${app.id}/users/${userId}/provision`);
  await waitUntilIdle(org);
  expect(app.server.users.size).toBe(1);
});

test('a staged user is provisioned when they are activated', async () => {
  const app = await start('template');
  const userId = await createUser(org, {}, '?activate=false');
  await app.assign(userId);
  await waitUntilIdle(org);
  expect(app.server.users.size).toBe(0);
  await setStatus(userId, 'activate');
  await waitUntilIdle(org);
  expect(app.server.users.size).toBe(1);
});

test('an alias is typed at the assignment or mapped, and emptying it removes it', async () => {
  const app = await start('template');
  const externalName = "aliases.^[type=='email'].value";
  const externalNamespace = 'urn:ietf:params:scim:schemas:core:2.0:User';
  const attribute = { title: 'Alias', type: 'string', externalName, externalNamespace };
  const properties = { alias: attribute, unsent: { title: 'Without a namespace', type: 'string' } };
  const schema = { definitions: { custom: { properties } } };
  expect((await org.call('POST', `/api/v1/meta/schemas/apps/${app.id}/default`, schema)).status).toBe(200);
  const userId = await createUser(org);
  await app.assign(userId, { profile: { alias: 'typed@acme.example', unsent: 'x' } });
  await waitUntilIdle(org);
  expect([...app.server.users.values()]).toMatchObject([{ aliases: [{ type: 'email', value: 'typed@acme.example' }] }]);
  await org.call('POST', `${app.path}/users/${userId}`, { profile: { alias: null } });
  await waitUntilIdle(org);
  expect([...app.server.users.values()]).toMatchObject([{ aliases: [] }]);

  const [mapping] = bodyOf(
    z.array(z.looseObject({ id: z.string() })),
    await org.call('GET', `/api/v1/mappings?targetId=${app.id}`),
  );
  const mapped = { properties: { alias: { expression: 'user.firstName + "@acme.example"', pushStatus: 'PUSH' } } };
  expect((await org.call('POST', `/api/v1/mappings/${mapping?.id}`, mapped)).status).toBe(200);
  await org.call('POST', `/api/v1/users/${userId}`, { profile: { firstName: 'Augusta' } });
  await waitUntilIdle(org);
  expect([...app.server.users.values()]).toMatchObject([
    { aliases: [{ type: 'email', value: 'Augusta@acme.example' }] },
  ]);
});

test('a mapping that cannot be read is refused with its attribute', async () => {
  const app = await start('template');
  const [mapping] = bodyOf(
    z.array(z.looseObject({ id: z.string() })),
    await org.call('GET', `/api/v1/mappings?targetId=${app.id}`),
  );
  const properties = { unknown: { expression: 'user.firstName' }, title: { expression: 'user.title +' } };
  expect(await org.call('POST', `/api/v1/mappings/${mapping?.id}`, { properties })).toMatchObject({
    status: 400,
    body: {
      errorCauses: [
        { errorSummary: 'title: a value is missing' },
        { errorSummary: 'unknown: is not an attribute of the app' },
      ],
    },
  });
});
