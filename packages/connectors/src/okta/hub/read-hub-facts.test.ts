import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { hubScopes, judgeHub, type HubCheck } from '@keycourier/journey/hub/judge-hub';
import {
  createGroup,
  createUser,
  startOrg,
  token,
  type RunningOrg,
} from '@keycourier/okta-simulator/testing/running-org';
import { z } from 'zod';

import { appWith, makeAppKey, registerApp, type AppKey } from '../../testing/service-app.ts';
import type { OktaAuth } from '../settings.ts';
import { readHubFacts } from './read-hub-facts.ts';

let hub: RunningOrg;
let key: AppKey;
let calls: string[] = [];
beforeAll(async () => {
  hub = await startOrg({ issuerHost: 'hub.okta.example' }, [
    (request, _response, next) => {
      calls.push(`${request.method} ${request.path}`);
      next();
    },
  ]);
  key = await makeAppKey('ES256', 'key-1');
  await createUser(hub);
});
beforeEach(() => {
  calls = [];
});
afterAll(() => hub.close());

type Role = Readonly<Record<string, unknown>>;

async function tokenOf(...roles: Role[]): Promise<OktaAuth> {
  const id = await createUser(hub, { login: `admin.${Math.random()}@hub.example` });
  await hub.call('PUT', `/sim/users/${id}/roles`, { roles });
  const { body } = await hub.call('POST', `/sim/users/${id}/tokens`);
  const made = z.object({ token: z.string() }).parse(body).token;
  return { token: () => made };
}

async function appOf(roles: readonly Role[] | undefined, scopes: readonly string[] = hubScopes): Promise<OktaAuth> {
  const clientId = await registerApp(hub, { keys: [key], scopes, ...(roles === undefined ? {} : { roles }) });
  return appWith(clientId, key);
}

const judge = async (auth: OktaAuth): Promise<HubCheck[]> =>
  judgeHub(await readHubFacts({ orgUrl: hub.url, timeoutMs: 10_000, auth }));
const failed = (checks: readonly HubCheck[]): string[] => checks.flatMap(({ name, passed }) => (passed ? [] : [name]));

const pusher = {
  type: 'CUSTOM',
  label: 'Pusher',
  permissions: ['okta.users.manage', 'okta.groups.manage', 'okta.iam.read'],
};
const rights = ['may_create', 'may_update', 'may_assign', 'may_change_groups'];

describe('the test of a hub’s credentials passes for', () => {
  test('a super administrator’s token, and says whose it is', async () => {
    const checks = await judge({ token: () => token });
    expect(failed(checks)).toEqual([]);
    expect(checks[0]?.message).toBe('the API token of administrator@hub.okta.example');
  });

  test('a service app with a custom role for all users and groups, and changes nothing', async () => {
    const auth = await appOf([pusher]);
    calls = [];
    expect(failed(await judge(auth))).toEqual([]);
    expect(calls.filter((call) => !call.startsWith('GET ') && call !== 'POST /oauth2/v1/token')).toEqual([]);
    expect(calls.filter((call) => call.startsWith('GET '))).not.toEqual([]);
  });
});

describe('it fails for', () => {
  const lesser: [string, readonly Role[], string[]][] = [
    [
      'an administrator of reports, whom lists answer 200 and empty',
      [{ type: 'REPORT_ADMIN' }],
      ['users', 'groups', 'roles', ...rights],
    ],
    ['a help desk that sees its roles', [{ type: 'HELP_DESK_ADMIN' }, { type: 'READ_ONLY_ADMIN' }], rights],
    ['a group administrator whose roles are not readable', [{ type: 'USER_ADMIN' }], ['roles', ...rights]],
    [
      'a group administrator, who may create no groups',
      [{ type: 'USER_ADMIN' }, { type: 'READ_ONLY_ADMIN' }],
      ['may_change_groups'],
    ],
  ];
  test.each(lesser)('%s', async (_title, roles, expected) => {
    expect(failed(await judge(await tokenOf(...roles)))).toEqual(expected);
    expect(failed(await judge(await appOf(roles)))).toEqual(expected);
  });

  test('an administrator of one group, though lists hold its members', async () => {
    const group = await createGroup(hub, 'Own');
    await hub.call('PUT', `/api/v1/groups/${group}/users/${await createUser(hub)}`);
    const auth = await tokenOf({ type: 'USER_ADMIN', groups: [group] }, { type: 'READ_ONLY_ADMIN' });
    expect(failed(await judge(auth))).toEqual(rights);
  });

  test('a custom role whose resource set has one group', async () => {
    const group = await createGroup(hub, 'Set');
    expect(failed(await judge(await appOf([{ ...pusher, resources: [group] }])))).toEqual(
      expect.arrayContaining(rights),
    );
  });

  test.each(hubScopes)('a service app without the scope %s', async (scope) => {
    const auth = await appOf(
      undefined,
      hubScopes.filter((one) => one !== scope),
    );
    const checks = await judge(auth);
    expect(failed(checks)).toContain('scopes');
    expect(checks.find(({ name }) => name === 'scopes')?.message).toBe(`not granted: ${scope}`);
  });

  test('a service app without a role, whose scopes are all granted', async () => {
    expect(failed(await judge(await appOf([])))).toEqual(['users', 'groups', 'roles', ...rights]);
  });

  test('a key that is not registered, and a token that is unknown', async () => {
    const other = await makeAppKey('ES256', 'key-1');
    const clientId = await registerApp(hub, { keys: [key], scopes: hubScopes });
    for (const auth of [appWith(clientId, other), { token: () => 'unknown' }])
      expect(failed(await judge(auth))).toEqual(
        expect.arrayContaining(['credentials', 'users', 'groups', 'roles', ...rights]),
      );
  });

  test('a hub that is down', async () => {
    await hub.call('PUT', '/sim/faults', [{ match: { path: '/api/v1/users' }, respond: { status: 503 } }]);
    expect(failed(await judge({ token: () => token }))).toEqual(expect.arrayContaining(['users']));
    await hub.call('PUT', '/sim/faults', []);
  });
});
