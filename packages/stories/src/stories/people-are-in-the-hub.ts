import { expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { hubClientId } from '@keycourier/local/stack/config-text';
import { judgeCalls } from '@keycourier/okta-simulator/contract/judge-calls';
import { z } from 'zod';

import { all, hubName, listUsers, spokes, type HubWorld } from '../world/hub-world.ts';
import { createEmployee, isHeld, product, shipmentWhen } from '../world/people.ts';

const withId = z.looseObject({ id: z.string() });
const pushedGroup = z.looseObject({ hubGroupId: z.string().nullable() });
const people = z.looseObject({ items: z.array(z.looseObject({ problem: z.string().nullable() })) });
const hubView = z.looseObject({
  test: z.looseObject({
    state: z.string(),
    checks: z.array(z.looseObject({ check: z.string(), passed: z.boolean(), grant: z.string().nullish() })),
  }),
});

const rights = ['may_create', 'may_update', 'may_assign', 'may_change_groups'];

/** What a spoke pushes to its hub beside keys, by events of the org as they come. */
export function peopleAreInTheHub(hubWorld: () => HubWorld): void {
  const world = () => hubWorld().world;
  const api = () => world().api();
  const hub = () => hubWorld().sdkOf(hubName);
  const find = (login: string) => listUsers(hub(), `profile.login eq "${login}"`);
  const untilStatus = (login: string, status: string): Promise<unknown> =>
    waitUntil(`${login} to be ${status} in the hub`, async () => (await find(login))[0]?.status === status);
  const assign = (...userIds: readonly string[]): Promise<unknown> =>
    api().sendOk('POST', '/v1/hub/assignments', { userIds });

  test('who leaves and returns in the spoke does so in the hub; whom the hub deactivated comes back by an operator alone', async () => {
    const { id, login } = await createEmployee(world());
    await assign(id);
    await untilStatus(login, 'PROVISIONED');
    await world().org().lifecycle(id, 'deactivate');
    await untilStatus(login, 'DEPROVISIONED');
    await world().org().lifecycle(id, 'activate');
    await api().sendOk('POST', '/v1/hub/push', { userIds: [id] });
    await untilStatus(login, 'PROVISIONED');
    const [user] = await find(login);
    await hub().userApi.deactivateUser({ userId: user?.id ?? '' });
    await world().org().updateUser(id, { title: 'Keeper' });
    const problem = await waitUntil('the problem', async () => {
      const { items } = people.parse(await api().sendOk('GET', `/v1/hub/people?userId=${id}`));
      return items[0]?.problem;
    });
    expect([problem, (await find(login))[0]?.status]).toEqual(['deactivated_in_hub', 'DEPROVISIONED']);
    await api().sendOk('POST', '/v1/hub/push', { userIds: [id] });
    await untilStatus(login, 'PROVISIONED');
  });

  test('a group has those members who have a user in the hub, also later, and is deleted where an operator says so', async () => {
    const org = world().org();
    const [first, second] = [await createEmployee(world()), await createEmployee(world())];
    const groupId = await org.createGroup('Sales of acme');
    for (const { id } of [first, second]) await org.addToGroup(groupId, id);
    await assign(first.id);
    const { id } = withId.parse(await api().sendOk('POST', '/v1/hub/groups', { groupId }));
    const logins = async (): Promise<string[]> => {
      const { hubGroupId } = pushedGroup.parse(await api().sendOk('GET', `/v1/hub/groups/${id}`));
      if (hubGroupId === null) return [];
      const members = await all(await hub().groupApi.listGroupUsers({ groupId: hubGroupId }));
      return members.map(({ profile }) => profile?.login ?? '').toSorted();
    };
    const untilMembers = (...wanted: readonly string[]): Promise<unknown> =>
      waitUntil('the members', async () => JSON.stringify(await logins()) === JSON.stringify(wanted.toSorted()));
    await untilMembers(first.login);
    await assign(second.id);
    await untilMembers(first.login, second.login);
    await org.removeFromGroup(groupId, first.id);
    await untilMembers(second.login);
    await api().sendOk('DELETE', `/v1/hub/groups/${id}?deleteTarget=true`);
    await waitUntil('its end', async () => (await api().send('GET', `/v1/hub/groups/${id}`)).status === 404);
    expect(await all(await hub().groupApi.listGroups({ q: 'Sales of acme' }))).toEqual([]);
  });

  test('a link whose app may only read says what to grant before anyone is pushed; no one is, and their keys are held', async () => {
    const tenant = 'globex';
    const testLink = async (): Promise<z.infer<typeof hubView>['test']> => {
      await world().api(tenant).sendOk('POST', '/v1/hub/test');
      return waitUntil('the end of the test', async () => {
        const view = hubView.parse(await world().api(tenant).sendOk('GET', '/v1/hub'));
        return view.test.state === 'pending' ? null : view.test;
      });
    };
    expect(await testLink()).toMatchObject({ state: 'passed' });
    await callOk('POST', `${world().stack.simulators.oktaUrlOf(hubName)}/sim/apps`, {
      body: {
        clientId: hubClientId(tenant),
        jwks: { keys: [world().stack.keys.hubKey(tenant).publicJwk] },
        scopes: ['okta.users.manage', 'okta.groups.manage', 'okta.roles.read'],
        roles: [{ type: 'READ_ONLY_ADMIN' }],
      },
    });
    const { state, checks } = await testLink();
    const failed = checks.filter(({ passed }) => !passed);
    expect([state, failed.map(({ check }) => check)]).toEqual(['failed', rights]);
    expect(failed.filter(({ grant }) => typeof grant !== 'string')).toEqual([]);
    const employee = await createEmployee(world(), { tenant });
    await world()
      .api(tenant)
      .request({ userId: employee.id, ...product });
    const held = await shipmentWhen(world(), employee, isHeld, { tenant });
    expect(held).toMatchObject({ hold: { code: 'hub_person_missing' }, problems: [{ code: 'forbidden' }] });
    expect(await find(employee.login)).toEqual([]);
  });
}

/** The calls that these stories are about; others come with them. */
const calledInHub = [
  'getUser',
  'createUser',
  'updateUser',
  'activateUser',
  'deactivateUser',
  'listRolesForClient',
  'addGroup',
  'assignUserToGroup',
  'unassignUserFromGroup',
  'deleteGroup',
  'enrollPreregistrationEnrollment',
  'activatePreregistrationEnrollment',
];

/** By Okta's own document, both sides of the links; its own client has read what came of them. */
export function oktaJudgesBothOrgs(hubWorld: () => HubWorld): void {
  test('every call to a spoke or the hub, and every answer, is valid by Okta’s OpenAPI document', async () => {
    for (const org of [...spokes, hubName] as const) {
      const verdict = await judgeCalls(hubWorld().proxyOf(org).exchanges);
      if (verdict === null) process.stderr.write('SKIPPED: OKTA_OPENAPI names no file, so no call was judged by it.\n');
      else {
        expect([org, verdict.faults]).toEqual([org, []]);
        expect(verdict.operations).toEqual(expect.arrayContaining(org === hubName ? calledInHub : ['getUser']));
      }
    }
  });
}
