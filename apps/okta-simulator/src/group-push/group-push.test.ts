import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { startApp, tasksOf, waitUntilIdle, type RunningApp } from '../testing/apps.ts';
import { bodyOf, createGroup, startOrg, withId, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
const apps: RunningApp[] = [];

beforeAll(async () => {
  org = await startOrg();
  await org.call('PUT', '/sim/provisioning', { putDelayMs: 0 });
});

afterEach(async () => {
  await org.call('PUT', '/sim/provisioning', { membersPerPatch: 256, ordered: true, parallel: 4, stopped: false });
  await waitUntilIdle(org);
  for (const { server } of apps.splice(0)) {
    expect(server.faults).toEqual([]);
    await server.close();
  }
  expect(await tasksOf(org)).toEqual([]);
});

afterAll(() => org.close());

async function start(client: 'template' | 'wizard') {
  const app = await startApp(org, { client });
  apps.push(app);
  return app;
}

let groups = 0;

interface Pushed {
  app: RunningApp;
  groupId: string;
  mappings: string;
  mappingId: string;
  people: string[];
}

const join = (groupId: string, userId: string) => org.call('PUT', `/api/v1/groups/${groupId}/users/${userId}`);
const leave = (groupId: string, userId: string) => org.call('DELETE', `/api/v1/groups/${groupId}/users/${userId}`);

/** A group of provisioned people, pushed. */
async function push(app: RunningApp, size: number, more: Record<string, unknown> = {}): Promise<Pushed> {
  groups += 1;
  const groupId = await createGroup(org, `Keys ${groups}`);
  const people: string[] = [];
  for (let one = 0; one < size; one += 1) people.push(await app.person());
  for (const userId of people) await join(groupId, userId);
  await waitUntilIdle(org);
  app.server.received.length = 0;
  const mappings = `${app.path}/group-push/mappings`;
  const mappingId = bodyOf(withId, await org.call('POST', mappings, { sourceGroupId: groupId, ...more })).id;
  await waitUntilIdle(org);
  return { app, groupId, mappings, mappingId, people };
}

const sent = ({ server }: RunningApp): (string | undefined)[] => server.received.map(({ name }) => name);

const memberShape = z.array(z.object({ value: z.string(), display: z.string() }));

/** The external ids of people on the server, by the id that the org has given them. */
const idsOf = ({ server }: RunningApp, people: readonly string[]): unknown[] =>
  people.map((id) => [...server.users.values()].find((user) => user['externalId'] === id)?.id);

const onServer = ({ server }: RunningApp): unknown[] =>
  [...server.groups.values()].flatMap((group) => memberShape.parse(group['members']).map(({ value }) => value));

const mappingShape = z.looseObject({
  status: z.string(),
  targetGroupId: z.string().optional(),
  errorSummary: z.string(),
});
const readMapping = async ({ mappings, mappingId }: Pushed) =>
  bodyOf(mappingShape, await org.call('GET', `${mappings}/${mappingId}`));

async function events(groupOrMapping: string): Promise<string[]> {
  const filter = encodeURIComponent(`target.id eq "${groupOrMapping}" and eventType sw "application."`);
  const reply = await org.call('GET', `/api/v1/logs?limit=1000&filter=${filter}`);
  return bodyOf(z.array(z.looseObject({ eventType: z.string() })), reply).map(({ eventType }) => eventType);
}

describe('a group of a catalog app', () => {
  test('is created empty, and its members follow as changes', async () => {
    const app = await start('template');
    const pushed = await push(app, 2);
    expect(sent(app)).toEqual([
      'look-up of a group',
      'create of a group',
      'rename of a group (a)',
      'changes of members (b)',
    ]);
    expect(onServer(app)).toEqual(idsOf(app, pushed.people));
    expect(await readMapping(pushed)).toMatchObject({ status: 'ACTIVE', targetGroupId: expect.stringMatching(/^00g/) });
    expect(await events(pushed.mappingId)).toEqual([
      'application.provision.group_push.pushed',
      'application.provision.group.add',
      'application.provision.group_push.updated',
      'application.provision.group_push.push_memberships',
    ]);
  });

  test('gets leavers and joiners in one PATCH, after the name', async () => {
    const app = await start('template');
    const { groupId, people } = await push(app, 2);
    const joiner = await app.person();
    await waitUntilIdle(org);
    app.server.received.length = 0;
    await org.call('PUT', '/sim/provisioning', { stopped: true });
    await leave(groupId, people[0] ?? '');
    await join(groupId, joiner);
    await org.call('PUT', '/sim/provisioning', { stopped: false });
    await waitUntilIdle(org);
    const [left, joined] = idsOf(app, [people[0] ?? '', joiner]);
    expect(sent(app)).toEqual(['rename of a group (a)', 'changes of members (b)']);
    expect(app.server.received[1]?.body).toMatchObject({
      Operations: [
        { op: 'remove', path: `members[value eq "${String(left)}"]` },
        { op: 'add', path: 'members', value: [{ value: joined }] },
      ],
    });
  });

  test('is emptied and overwritten by "Push now"', async () => {
    const app = await start('template');
    const { groupId, mappingId, people } = await push(app, 1);
    const [group] = app.server.groups.values();
    if (group !== undefined) group['members'] = [{ value: 'stranger', display: 'stranger@acme.example' }];
    app.server.received.length = 0;
    expect((await org.call('POST', `/sim/apps/${app.id}/group-push/mappings/${mappingId}/push-now`)).status).toBe(204);
    await waitUntilIdle(org);
    expect(sent(app)).toEqual(['rename of a group (a)', 'push now (c)']);
    expect(onServer(app)).toEqual(idsOf(app, people));
    await leave(groupId, people[0] ?? '');
    await waitUntilIdle(org);
    await org.call('POST', `/sim/apps/${app.id}/group-push/mappings/${mappingId}/push-now`);
    await waitUntilIdle(org);
    expect(app.server.received.at(-1)?.text).toContain('{"op":"replace","path":"members","value":[]}');
  });

  test('has at most as many members in a PATCH as the org allows', async () => {
    const app = await start('template');
    await org.call('PUT', '/sim/provisioning', { membersPerPatch: 2 });
    const { mappingId, people } = await push(app, 5);
    const sizes = () =>
      app.server.received
        .filter(({ method, text }) => method === 'PATCH' && text.includes('"display":'))
        .map(({ text }) => text.split('"display":').length - 1);
    expect(sizes()).toEqual([2, 2, 1]);
    app.server.received.length = 0;
    await org.call('POST', `/sim/apps/${app.id}/group-push/mappings/${mappingId}/push-now`);
    await waitUntilIdle(org);
    expect(sizes()).toEqual([2, 2, 1]);
    expect(onServer(app)).toEqual(idsOf(app, people));
  });

  test('gets changes of members at the same time where tasks are not in order', async () => {
    const app = await start('template');
    await org.call('PUT', '/sim/provisioning', { membersPerPatch: 1, ordered: false, parallel: 8 });
    const isChange = ({ text }: { text: string }): boolean => text.includes('"path":"members"');
    const second = until(app.server.peak, (open) => open > 1).then(() => undefined);
    app.server.answers.push({ when: isChange, status: 200, effect: true, after: second });
    const { people } = await push(app, 6);
    expect(app.server.peak()).toBeGreaterThan(1);
    expect(new Set(onServer(app))).toEqual(new Set(idsOf(app, people)));
  });

  test('has only members who are provisioned, and hears nothing of a member who was deactivated', async () => {
    const app = await start('template');
    const { groupId, people } = await push(app, 2);
    const members = onServer(app);
    await org.call('POST', `/api/v1/users/${people[0]}/lifecycle/deactivate`);
    await waitUntilIdle(org);
    app.server.received.length = 0;
    await leave(groupId, people[0] ?? '');
    await waitUntilIdle(org);
    expect(sent(app)).toEqual([]);
    expect(onServer(app)).toEqual(members);
    const unassigned = bodyOf(
      withId,
      await org.call('POST', '/api/v1/users', {
        profile: { login: 'not.there@acme.example', email: 'not.there@acme.example', firstName: 'N', lastName: 'T' },
      }),
    ).id;
    await join(groupId, unassigned);
    await waitUntilIdle(org);
    expect(sent(app)).toEqual([]);
    await app.assign(unassigned);
    await waitUntilIdle(org);
    expect(onServer(app)).toContain(idsOf(app, [unassigned])[0]);
  });
});

describe('a group of a wizard app', () => {
  test('is created, and its members are written as a whole list', async () => {
    const app = await start('wizard');
    const { groupId, people } = await push(app, 2);
    expect(sent(app)).toEqual(['look-up of a group', 'create of a group', 'read of a group', 'update of a group']);
    expect(onServer(app)).toEqual(idsOf(app, people));
    app.server.received.length = 0;
    await leave(groupId, people[0] ?? '');
    await waitUntilIdle(org);
    expect(sent(app)).toEqual(['read of a group', 'update of a group']);
    expect(onServer(app)).toEqual(idsOf(app, people.slice(1)));
    await leave(groupId, people[1] ?? '');
    await waitUntilIdle(org);
    expect(app.server.received.at(-1)?.body).toMatchObject({ members: [] });
  });
});

describe.each(['template', 'wizard'] as const)('a group push of a %s app', (client) => {
  test('links a group of that name and overwrites its members', async () => {
    const app = await start(client);
    const name = `There ${client}`;
    app.server.groups.set('g-there', { id: 'g-there', displayName: name, members: [{ value: 'x', display: 'x' }] });
    const { people } = await push(app, 1, { targetGroupName: name });
    expect(sent(app)).not.toContain('create of a group');
    expect([...app.server.groups.keys()]).toEqual(['g-there']);
    expect(onServer(app)).toEqual(idsOf(app, people));
  });

  test('follows a new name of the group', async () => {
    const app = await start(client);
    const { groupId } = await push(app, 1);
    app.server.received.length = 0;
    await org.call('PUT', `/api/v1/groups/${groupId}`, { profile: { name: `Renamed ${client}` } });
    await waitUntilIdle(org);
    expect(sent(app)).toEqual(
      client === 'template' ? ['rename of a group (a)'] : ['read of a group', 'update of a group'],
    );
    expect([...app.server.groups.values()]).toMatchObject([{ displayName: `Renamed ${client}` }]);
  });

  test('pushes nothing while it is inactive, and all when it is activated', async () => {
    const app = await start(client);
    const { groupId, mappingId, mappings, people } = await push(app, 1);
    await org.call('PATCH', `${mappings}/${mappingId}`, { status: 'INACTIVE' });
    app.server.received.length = 0;
    await leave(groupId, people[0] ?? '');
    await waitUntilIdle(org);
    expect(sent(app)).toEqual([]);
    await org.call('PATCH', `${mappings}/${mappingId}`, { status: 'ACTIVE' });
    await waitUntilIdle(org);
    expect(onServer(app)).toEqual([]);
  });

  test.each([true, false])('is unlinked only when inactive, and deletes the target: %s', async (deletes) => {
    const app = await start(client);
    const { mappingId, mappings } = await push(app, 1);
    const remove = () => org.call('DELETE', `${mappings}/${mappingId}?deleteTargetGroup=${deletes}`);
    expect((await remove()).status).toBe(403);
    await org.call('PATCH', `${mappings}/${mappingId}`, { status: 'INACTIVE' });
    app.server.received.length = 0;
    expect((await remove()).status).toBe(204);
    await waitUntilIdle(org);
    expect(sent(app)).toEqual(deletes ? ['delete of a group'] : []);
    expect(app.server.groups.size).toBe(deletes ? 0 : 1);
  });
});

test('a group is linked by its id only if an import has found it', async () => {
  const app = await start('template');
  app.server.groups.set('g-linked', { id: 'g-linked', displayName: 'Old name', members: [] });
  const sourceGroupId = await createGroup(org, 'Linked by id');
  const mappings = `${app.path}/group-push/mappings`;
  expect((await org.call('POST', mappings, { sourceGroupId, targetGroupId: 'g-linked' })).status).toBe(400);
  await org.call('PUT', `/sim/apps/${app.id}`, { importGroups: true });
  await org.call('POST', `/sim/apps/${app.id}/imports`);
  await waitUntilIdle(org);
  const imports = z.array(z.looseObject({ groups: z.array(withId) }));
  const [imported] = bodyOf(imports, await org.call('GET', `/sim/apps/${app.id}/imports`));
  const targetGroupId = imported?.groups[0]?.id;
  expect((await org.call('POST', mappings, { sourceGroupId, targetGroupId })).status).toBe(201);
  await waitUntilIdle(org);
  expect([...app.server.groups.values()]).toMatchObject([{ id: 'g-linked', displayName: 'Linked by id' }]);
});
