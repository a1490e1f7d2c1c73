import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import pg from 'pg';

import { startApp, tasksOf, waitUntilIdle, type RunningApp } from '../testing/apps.ts';
import { createGroup, createUser, startOrg, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let db: pg.Pool;
const apps: RunningApp[] = [];

beforeAll(async () => {
  org = await startOrg();
  db = new pg.Pool({ connectionString: org.databaseUrl });
  await org.call('PUT', '/sim/provisioning', { putDelayMs: 0 });
});

afterEach(async () => {
  await waitUntilIdle(org);
  for (const { server } of apps.splice(0)) {
    expect(server.faults).toEqual([]);
    await server.close();
  }
  expect(await tasksOf(org)).toEqual([]);
});

afterAll(async () => {
  await db.end();
  await org.close();
});

async function start(client: 'template' | 'wizard', seed: 'OKTA' | 'RANDOM' = 'RANDOM'): Promise<RunningApp> {
  const app = await startApp(org, { client, seed });
  apps.push(app);
  return app;
}

const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
const lockWaits = async (): Promise<number> => (await db.query(waiting)).rowCount ?? 0;
const queued = async (): Promise<number> => (await db.query('select from provisioning_task')).rowCount ?? 0;

/**
 * Assigns the app, and makes a change when everything about the new user is written but not committed: its task cannot be
 * deleted before the change is done, or waits as well.
 */
async function changeWhileSaved(app: RunningApp, userId: string, change: () => Promise<Reply>): Promise<void> {
  const holder = await db.connect();
  try {
    await org.call('PUT', '/sim/provisioning', { stopped: true });
    await app.assign(userId);
    await holder.query('begin');
    await holder.query(`select from provisioning_task where kind = 'create' for update`);
    await org.call('PUT', '/sim/provisioning', { stopped: false });
    await until(lockWaits, (count) => count === 1);
    let isAnswered = false;
    const answer = change().then((reply) => {
      isAnswered = true;
      return reply;
    });
    await until(
      async () => [await lockWaits(), isAnswered && (await queued()) === 1] as const,
      ([waits, isDone]) => waits > 1 || isDone,
    );
    await holder.query('commit');
    expect((await answer).status).toBeLessThan(300);
  } finally {
    holder.release(true);
  }
  await waitUntilIdle(org);
}

const members = ({ server }: RunningApp): unknown[] => [...server.groups.values()].flatMap((group) => group['members']);
const externalIdOf = ({ server }: RunningApp, userId: string): unknown =>
  [...server.users.values()].find((user) => user['externalId'] === userId)?.id;

let groups = 0;

async function newGroup(): Promise<string> {
  groups += 1;
  return createGroup(org, `Meanwhile ${groups}`);
}

const push = (app: RunningApp, sourceGroupId: string): Promise<Reply> =>
  org.call('POST', `${app.path}/group-push/mappings`, { sourceGroupId });

describe.each(['template', 'wizard'] as const)('while an app of the kind %s learns a user', (client) => {
  test('the user joins a pushed group, and is pushed as its member', async () => {
    const app = await start(client);
    const [userId, groupId] = [await createUser(org), await newGroup()];
    await push(app, groupId);
    await waitUntilIdle(org);
    await changeWhileSaved(app, userId, () => org.call('PUT', `/api/v1/groups/${groupId}/users/${userId}`));
    expect(members(app)).toMatchObject([{ value: externalIdOf(app, userId) }]);
  });

  test('a group of the user becomes a pushed one, and has the user as its member', async () => {
    const app = await start(client);
    const [userId, groupId] = [await createUser(org), await newGroup()];
    await org.call('PUT', `/api/v1/groups/${groupId}/users/${userId}`);
    await changeWhileSaved(app, userId, () => push(app, groupId));
    expect(members(app)).toMatchObject([{ value: externalIdOf(app, userId) }]);
  });

  test('the profile changes, in the org or in the app, and the change is pushed', async () => {
    const app = await start(client);
    const changes = [
      { path: '/api/v1/users', profile: { firstName: 'Augusta' } },
      { path: `${app.path}/users`, profile: { givenName: 'Augusta' } },
    ];
    for (const { path, profile } of changes) {
      const userId = await createUser(org);
      await changeWhileSaved(app, userId, () => org.call('POST', `${path}/${userId}`, { profile }));
      expect(app.server.users.get(String(externalIdOf(app, userId)))).toMatchObject({ name: { givenName: 'Augusta' } });
    }
  });

  test('the password changes, and the new one is pushed', async () => {
    const app = await start(client, 'OKTA');
    for (const before of ['Correct horse 1', undefined]) {
      const userId = await createUser(org);
      const setPassword = (value: string): Promise<Reply> =>
        org.call('POST', `/api/v1/users/${userId}`, { credentials: { password: { value } } });
      if (before !== undefined) await setPassword(before);
      await changeWhileSaved(app, userId, () => setPassword('Battery staple 2'));
      const sent = app.server.received.filter(({ text }) => text.includes('"password":'));
      expect(sent.at(-1)?.text).toContain('"password":"Battery staple 2"');
    }
  });
});
