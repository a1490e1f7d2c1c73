import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { connect, createApp, startApp, tasksOf, waitUntilIdle, type RunningApp } from '../testing/apps.ts';
import { bodyOf, createUser, profile, startOrg, type RunningOrg } from '../testing/running-org.ts';
import { startScimServer, type ScriptedAnswer } from '../testing/scim-server.ts';
import { waitAfter429Ms } from './run-task.ts';

let org: RunningOrg;
let app: RunningApp;
let nowMs = Date.parse('2026-01-05T09:00:00Z');

beforeAll(async () => {
  org = await startOrg({ now: () => new Date(nowMs) });
  await org.call('PUT', '/sim/provisioning', { putDelayMs: 0 });
});

beforeEach(async () => {
  app = await startApp(org, { client: 'template' });
});

afterEach(async () => {
  await org.call('PUT', '/sim/provisioning', { timeoutMs: 60_000, parallel: 4, stopped: false, maxTries: 10 });
  for (const { id } of await tasksOf(org)) await org.call('DELETE', `/sim/tasks/${id}`);
  expect(app.server.faults).toEqual([]);
  await app.server.close();
});

afterAll(() => org.close());

const isCreate: ScriptedAnswer['when'] = ({ method }) => method === 'POST';
const scimError = (status: number, detail: string): string =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail });

const failed = (): Promise<Awaited<ReturnType<typeof tasksOf>>> =>
  until(
    () => tasksOf(org),
    ({ length }) => length > 0,
  );

const dueShape = z.looseObject({ queued: z.number(), waiting: z.number(), failed: z.number() });
const counts = async () => bodyOf(dueShape, await org.call('GET', '/sim/provisioning'));

describe('a failure of the server is a task of the admin', () => {
  test.each([
    [
      409,
      scimError(409, 'userName is in use by another source.'),
      'Conflict. Errors reported by remote server: userName is in use by another source.',
    ],
    [
      500,
      scimError(500, 'Try again later.'),
      'Internal Server Error. Errors reported by remote server: Try again later.',
    ],
    [
      501,
      scimError(501, 'PATCH is not supported.'),
      'Not Implemented. Errors reported by remote server: PATCH is not supported.',
    ],
    [
      502,
      '<html>Bad Gateway</html>',
      'Bad Gateway. Errors reported by remote server: Invalid JSON: Unrecognized token',
    ],
    [503, '', 'Service Unavailable'],
    [201, '<html>', 'Invalid JSON: Unrecognized token'],
    [201, '', 'The response is not valid: body: Invalid input: expected object, received undefined'],
  ])('%i %s', async (status, text, shows) => {
    app.server.answers.push({ when: isCreate, status, text });
    const { login } = z.object({ login: z.string() }).parse(profile());
    const userId = await app.person({ login });
    const [task, ...others] = await failed();
    const start = `Automatic provisioning of user Ada Byron to app Key Shop failed: Error while creating user ${login}: `;
    expect(task?.message).toBe(start + shows);
    expect(others).toEqual([]);
    expect((await org.call('GET', `${app.path}/users/${userId}`)).body).toMatchObject({
      status: 'STAGED',
      syncState: 'ERROR',
    });
    const filter = encodeURIComponent(`eventType eq "application.provision.user.push" and target.id eq "${userId}"`);
    expect((await org.call('GET', `/api/v1/logs?filter=${filter}`)).body).toMatchObject([
      { outcome: { result: 'FAILURE', reason: shows } },
    ]);
    expect((await org.call('POST', `/sim/tasks/${task?.id}/retry`)).status).toBe(204);
    await waitUntilIdle(org);
    expect(await tasksOf(org)).toEqual([]);
    expect((await org.call('GET', `${app.path}/users/${userId}`)).body).toMatchObject({ status: 'PROVISIONED' });
  });

  test('an answer after the limit', async () => {
    await org.call('PUT', '/sim/provisioning', { timeoutMs: 300 });
    app.server.answers.push({ when: isCreate, status: 201, after: new Promise(() => undefined) });
    await app.person();
    expect((await failed())[0]?.message).toMatch(/: Read timed out$/);
  });

  test('no server at all', async () => {
    const gone = await startScimServer({ client: 'template', authorization: 'header' });
    const id = await createApp(org, 'template', 'Gone');
    await connect(org, id, gone);
    await org.call('PUT', `/api/v1/apps/${id}/features/USER_PROVISIONING`, {
      create: { lifecycleCreate: { status: 'ENABLED' } },
    });
    await gone.close();
    await org.call('POST', `/api/v1/apps/${id}/users`, { id: await createUser(org) });
    expect((await failed())[0]?.message).toMatch(/to app Gone failed: .*: Connection refused$/);
  });

  test('of a pushed group, whose mapping shows it until it is retried', async () => {
    const reply = await org.call('POST', '/api/v1/groups', { profile: { name: 'Refused' } });
    const { id: sourceGroupId } = bodyOf(z.looseObject({ id: z.string() }), reply);
    app.server.answers.push({ when: isCreate, status: 400, text: scimError(400, 'displayName is reserved.') });
    await org.call('POST', `${app.path}/group-push/mappings`, { sourceGroupId });
    const [task] = await failed();
    const message =
      'Unable to update Group Push mapping target App group Refused: Error while creating user group Refused: ' +
      'Bad Request. Errors reported by remote server: displayName is reserved.';
    expect(task?.message).toBe(message);
    const list = () => org.call('GET', `${app.path}/group-push/mappings`);
    expect((await list()).body).toMatchObject([{ status: 'ERROR', errorSummary: message }]);
    await org.call('POST', `/sim/tasks/${task?.id}/retry`);
    await waitUntilIdle(org);
    expect((await list()).body).toMatchObject([{ status: 'ACTIVE', errorSummary: '' }]);
  });
});

describe('a 429', () => {
  test.each([
    ['7', 7_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 300_000],
    ['1.5', 300_000],
    [undefined, 300_000],
  ])('with Retry-After %s is obeyed by the clock of the org', async (retryAfter, waitMs) => {
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
    app.server.answers.push({ when: isCreate, status: 429, headers, text: scimError(429, 'Too many requests.') });
    await app.person();
    await until(counts, ({ waiting }) => waiting === 1);
    nowMs += waitMs - 1;
    await org.call('PUT', '/sim/provisioning', {});
    expect(await counts()).toMatchObject({ queued: 1, waiting: 1, failed: 0 });
    nowMs += 1;
    await waitUntilIdle(org);
    expect(app.server.users.size).toBe(1);
  });

  test('without a whole number doubles the wait each time', () => {
    expect([0, 1, 2, 9].map((tries) => waitAfter429Ms(null, tries, 300_000))).toEqual([
      300_000, 600_000, 1_200_000, 153_600_000,
    ]);
    expect(waitAfter429Ms(7, 9, 300_000)).toBe(7_000);
  });

  test('is given up after ten tries', async () => {
    const answer = { when: isCreate, status: 429, headers: { 'Retry-After': '0' }, text: scimError(429, 'Too many.') };
    app.server.answers.push(...Array.from({ length: 12 }, () => answer));
    await app.person();
    const [task] = await failed();
    expect(task).toMatchObject({
      tries: 10,
      message: expect.stringMatching(/Too Many Requests\. Errors .*: Too many\.$/),
    });
    expect(await app.server.waitFor('create of a user', 10)).toHaveLength(10);
    app.server.answers.length = 0;
  });
});

describe('a task', () => {
  test('that was queued before a stop is done after the restart', async () => {
    await org.call('PUT', '/sim/provisioning', { stopped: true });
    await app.person();
    await org.restart();
    await org.call('PUT', '/sim/provisioning', { stopped: false });
    await waitUntilIdle(org);
    expect(app.server.users.size).toBe(1);
  });

  test('that was stopped between the effect and the answer is done again, without a second person', async () => {
    app.server.answers.push({ when: isCreate, status: 201, effect: true, after: new Promise(() => undefined) });
    const userId = await app.person();
    await until(
      () => app.server.users.size,
      (size) => size === 1,
    );
    await org.restart();
    await waitUntilIdle(org);
    const [externalId, ...others] = app.server.users.keys();
    expect(others).toEqual([]);
    expect(await tasksOf(org)).toEqual([]);
    expect((await org.call('GET', `${app.path}/users/${userId}`)).body).toMatchObject({
      status: 'PROVISIONED',
      externalId,
    });
  });

  test('whose answer was lost links the person that it has made', async () => {
    // The look-up before it, which is answered, has as long.
    await org.call('PUT', '/sim/provisioning', { timeoutMs: 8_000 });
    app.server.answers.push({ when: isCreate, status: 201, effect: true, after: new Promise(() => undefined) });
    const userId = await app.person();
    const [task] = await failed();
    await org.call('PUT', '/sim/provisioning', { timeoutMs: 60_000 });
    await org.call('POST', `/sim/tasks/${task?.id}/retry`);
    await waitUntilIdle(org);
    const [externalId, ...others] = app.server.users.keys();
    expect(others).toEqual([]);
    expect((await org.call('GET', `${app.path}/users/${userId}`)).body).toMatchObject({ externalId });
  });

  test.each([
    [1, 1],
    [3, 3],
  ])('runs beside others, at most %i at once', async (parallel, expected) => {
    await org.call('PUT', '/sim/provisioning', { parallel, stopped: true });
    for (let one = 0; one < 6; one += 1) await app.person();
    const full = until(app.server.peak, (open) => open >= expected).then(() => undefined);
    const held = { status: 200, effect: true, after: full };
    app.server.answers.push(...Array.from({ length: parallel }, () => held));
    await org.call('PUT', '/sim/provisioning', { stopped: false });
    await waitUntilIdle(org);
    expect(app.server.peak()).toBe(expected);
    expect(app.server.users.size).toBe(6);
  });

  test('waits while its app or its connection is off', async () => {
    await org.call('POST', `${app.path}/lifecycle/deactivate`);
    const reply = await org.call('POST', `${app.path}/users`, { id: await createUser(org) });
    expect(reply.status).toBe(403);
    await org.call('POST', `${app.path}/lifecycle/activate`);
    await org.call('PUT', '/sim/provisioning', { stopped: true });
    await app.person();
    await org.call('POST', `${app.path}/connections/default/lifecycle/deactivate`);
    await org.call('PUT', '/sim/provisioning', { stopped: false });
    await until(counts, ({ queued }) => queued === 1);
    expect(app.server.users.size).toBe(0);
    await org.call('POST', `${app.path}/connections/default/lifecycle/activate`);
    await waitUntilIdle(org);
    expect(app.server.users.size).toBe(1);
  });
});

describe('a connection', () => {
  test('is made only with a token that the server accepts, and shows what the server has answered', async () => {
    const id = await createApp(org, 'template');
    const body = { baseUrl: app.server.url, profile: { authScheme: 'TOKEN', token: 'wrong' } };
    expect(await org.call('POST', `/api/v1/apps/${id}/connections/default?activate=true`, body)).toMatchObject({
      status: 400,
      body: {
        errorCauses: [
          {
            errorSummary:
              'Error authenticating: Unauthorized. Errors reported by remote server: The token is not valid.',
          },
        ],
      },
    });
    expect((await org.call('GET', `/api/v1/apps/${id}/connections/default`)).status).toBe(404);
    expect(app.server.faults.splice(0)).toEqual(['the header authorization is wrong']);
  });

  test('takes no base URL with an underscore', async () => {
    const id = await createApp(org, 'template');
    const body = { baseUrl: 'https://scim.acme.example/scim/v2/con_1', profile: { authScheme: 'TOKEN', token: 'x' } };
    expect((await org.call('POST', `/api/v1/apps/${id}/connections/default`, body)).status).toBe(400);
  });
});

const importShape = z.array(
  z.looseObject({
    state: z.string(),
    users: z.number(),
    inactive: z.number(),
    matched: z.array(z.looseObject({ userId: z.string(), externalId: z.string() })),
    unassigned: z.array(z.string()),
    problems: z.array(z.string()),
  }),
);

describe('an import', () => {
  const importNow = async () => {
    await org.call('POST', `/sim/apps/${app.id}/imports`);
    await waitUntilIdle(org);
    return bodyOf(importShape, await org.call('GET', `/sim/apps/${app.id}/imports`)).at(-1);
  };
  const put = (id: string, more: Record<string, unknown> = {}) =>
    app.server.users.set(id, { id, userName: `${id}@acme.example`, active: true, ...more });

  test('reads page by page until totalResults, and leaves inactive users out', async () => {
    for (let one = 0; one < 205; one += 1) put(`imported-${one}`, { active: one >= 5 });
    const login = 'imported-7@acme.example';
    const userId = await createUser(org, { login });
    expect(await importNow()).toMatchObject({
      state: 'done',
      users: 200,
      inactive: 5,
      matched: [{ userId, externalId: 'imported-7' }],
      problems: [],
    });
    const pages = app.server.received.filter(({ name }) => name === 'page of users').map(({ target }) => target);
    expect(pages).toEqual([1, 101, 201].map((start) => `/Users?startIndex=${start}&count=100`));
    await org.call('POST', `/api/v1/users/${userId}/lifecycle/deactivate`);
  });

  test('unassigns whom the server has no more, without a call, up to a share of 20 %', async () => {
    const people: string[] = [];
    for (let one = 0; one < 5; one += 1) people.push(await app.person());
    await waitUntilIdle(org);
    const [first = '', second = ''] = app.server.users.keys();
    const kept = new Map(app.server.users);
    app.server.users.delete(first);
    app.server.users.delete(second);
    expect(await importNow()).toMatchObject({
      state: 'stopped',
      unassigned: [],
      problems: ['the import would unassign 2 of 5 users, which is more than 20 %'],
    });
    const gone = kept.get(second);
    if (gone !== undefined) app.server.users.set(second, gone);
    app.server.received.length = 0;
    const imported = await importNow();
    expect(imported).toMatchObject({ state: 'done' });
    expect(imported?.unassigned).toHaveLength(1);
    expect(app.server.received.map(({ name }) => name)).toEqual(['page of users']);
    const [userId] = imported?.unassigned ?? [];
    expect((await org.call('GET', `${app.path}/users/${userId}`)).status).toBe(404);
  });

  test.each([
    [{ totalResults: '1', Resources: [{ id: 'a', userName: 'a' }] }, /totalResults/],
    [{ totalResults: 3, Resources: [] }, /the page at 1 of 3 is empty$/],
  ])('of %j fails', async (answer, problem) => {
    app.server.answers.push({ status: 200, text: JSON.stringify(answer) });
    await org.call('POST', `/sim/apps/${app.id}/imports`);
    const [task] = await failed();
    expect(task?.message).toMatch(/^Import from app Key Shop failed: Error while importing users: /);
    expect(task?.message).toMatch(problem);
  });

  test('names what Okta’s review of a server refuses', async () => {
    const page = (ids: string[], itemsPerPage: number) => ({
      status: 200,
      text: JSON.stringify({ totalResults: 3, itemsPerPage, Resources: ids.map((id) => ({ id, userName: id })) }),
    });
    app.server.answers.push(page(['a', 'b'], 100), page(['b'], 1));
    expect((await importNow())?.problems).toEqual([
      'Users: itemsPerPage is 100 on a page of 2',
      'Users: b is on two pages',
    ]);
  });
});
