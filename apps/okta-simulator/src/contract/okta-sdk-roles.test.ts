import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import okta from '@okta/okta-sdk-nodejs';
import { exportJWK } from 'jose';
import { z } from 'zod';

import { bodyOf, createGroup, createUser, startOrg, token, type RunningOrg } from '../testing/running-org.ts';
import { makeKey, registerApp } from '../testing/service-app.ts';
import { deviations } from './deviations.ts';
import { judge } from './judge.ts';
import { readOpenApi } from './openapi-document.ts';
import { createRecorder } from './recorder.ts';

const recorder = createRecorder();

let org: RunningOrg;
beforeAll(async () => {
  org = await startOrg({}, [recorder.record]);
});
afterAll(() => org.close());

const clientWith = (secret: string): okta.Client =>
  new okta.Client({ orgUrl: org.url, token: secret, cacheMiddleware: null });

type Role = Readonly<Record<string, unknown>>;

/** The client of a new administrator with these roles. */
async function administrator(...roles: Role[]): Promise<{ id: string; client: okta.Client }> {
  const id = await createUser(org);
  expect((await org.call('PUT', `/sim/users/${id}/roles`, { roles })).status).toBe(204);
  const reply = await org.call('POST', `/sim/users/${id}/tokens`);
  return { id, client: clientWith(bodyOf(z.object({ token: z.string() }), reply).token) };
}

async function serviceApp(...roles: Role[]): Promise<{ clientId: string; client: okta.Client }> {
  const key = await makeKey('RS256', 'sdk-key');
  const scopes = ['okta.users.manage', 'okta.groups.manage', 'okta.roles.read'];
  const { clientId } = await registerApp(org, { jwks: { keys: [key.publicJwk] }, scopes, roles });
  const privateKey = JSON.stringify({ ...(await exportJWK(key.privateKey)), kid: 'sdk-key' });
  const app = { authorizationMode: 'PrivateKey', clientId, scopes, privateKey };
  return { clientId, client: new okta.Client({ orgUrl: org.url, ...app, cacheMiddleware: null }) };
}

async function ids(list: Promise<AsyncIterable<{ id?: string } | null>>): Promise<string[]> {
  const found: string[] = [];
  for await (const item of await list) found.push(item?.id ?? '');
  return found;
}

let people = 0;
const person = () => {
  people += 1;
  const login = `roles.${people}@acme.example`;
  return { login, email: login, firstName: 'Ada', lastName: 'Byron' };
};
const newUser = { profile: person() };
const forbidden = { status: 403, errorCode: 'E0000006' };

describe('Okta’s own client', () => {
  test('reads who a token is, and their roles with what restricts them', async () => {
    const group = await createGroup(org, 'Sales');
    const { id, client } = await administrator({ type: 'USER_ADMIN', groups: [group] }, { type: 'READ_ONLY_ADMIN' });
    expect((await client.userApi.getUser({ userId: 'me' })).id).toBe(id);
    const roles = await client.roleAssignmentApi.listAssignedRolesForUser({ userId: id });
    const types: unknown[] = [];
    for await (const role of roles) types.push(role?.type);
    expect(types).toEqual(['USER_ADMIN', 'READ_ONLY_ADMIN']);
    const [first = ''] = await ids(client.roleAssignmentApi.listAssignedRolesForUser({ userId: id }));
    const targets = client.roleTargetApi.listGroupTargetsForRole({ userId: id, roleId: first });
    expect(await ids(targets)).toEqual([group]);
  });

  test('reads that the org’s own token is a super administrator’s', async () => {
    const client = clientWith(token);
    const me = await client.userApi.getUser({ userId: 'me' });
    const roles = await client.roleAssignmentApi.listAssignedRolesForUser({ userId: me.id ?? '' });
    for await (const role of roles) expect(role).toMatchObject({ type: 'SUPER_ADMIN', assignmentType: 'USER' });
  });

  test('reads the custom role of a service app, its permissions and its resource set', async () => {
    const permissions = ['okta.users.manage', 'okta.iam.read'];
    const { clientId, client } = await serviceApp({ type: 'CUSTOM', label: 'Pusher', permissions });
    const [role] = bodyOf(
      z.array(z.looseObject({ role: z.string(), 'resource-set': z.string() })),
      await org.call('GET', `/oauth2/v1/clients/${clientId}/roles`),
    );
    const [assignment = ''] = await ids(client.roleAssignmentApi.listRolesForClient({ clientId }));
    const read = await client.customRoleApi.listRolePermissions({ roleIdOrLabel: role?.role ?? '' });
    expect(read.permissions?.map(({ label }) => label)).toEqual(permissions);
    const set = await client.resourceSetApi.listResourceSetResources({ resourceSetId: role?.['resource-set'] ?? '' });
    expect(set.resources?.map(({ orn }) => orn?.split(':').at(-1))).toEqual(['users', 'groups']);
    const path = `/oauth2/v1/clients/${clientId}/roles/${assignment}/targets/groups`;
    expect((await org.call('GET', path)).body).toEqual([]);
    await client.userApi.createUser({ body: { profile: person() } });
    await expect(client.groupApi.createGroup({ group: { profile: { name: 'Denied' } } })).rejects.toMatchObject(
      forbidden,
    );
  });
});

describe('an administrator without the right', () => {
  test('gets empty lists with 200, and 403 for anything else', async () => {
    const { client } = await administrator({ type: 'REPORT_ADMIN' });
    const userId = await createUser(org);
    expect(await ids(client.userApi.listUsers({}))).toEqual([]);
    expect(await ids(client.groupApi.listGroups({}))).toEqual([]);
    await expect(client.userApi.getUser({ userId })).rejects.toMatchObject(forbidden);
    await expect(client.userApi.createUser({ body: newUser })).rejects.toMatchObject(forbidden);
    await expect(ids(client.roleAssignmentApi.listAssignedRolesForUser({ userId }))).rejects.toMatchObject(forbidden);
  });

  test('is a service app without a role, though its scopes are granted', async () => {
    const { client } = await serviceApp();
    await createUser(org);
    expect(await ids(client.userApi.listUsers({}))).toEqual([]);
    await expect(client.userApi.createUser({ body: newUser })).rejects.toMatchObject(forbidden);
  });

  test('may read and not write as a help desk, and put users into groups as a group membership administrator', async () => {
    const groupId = await createGroup(org, 'Pushed');
    const userId = await createUser(org);
    const [help, members] = [
      await administrator({ type: 'HELP_DESK_ADMIN' }),
      await administrator({ type: 'GROUP_MEMBERSHIP_ADMIN' }),
    ];
    expect(await ids(help.client.userApi.listUsers({}))).toContain(userId);
    await expect(help.client.groupApi.assignUserToGroup({ groupId, userId })).rejects.toMatchObject(forbidden);
    await members.client.groupApi.assignUserToGroup({ groupId, userId });
    await expect(members.client.userApi.deactivateUser({ userId })).rejects.toMatchObject(forbidden);
  });
});

test('an administrator of one group sees and changes its members alone, and creates users in it alone', async () => {
  const [own, other] = [await createGroup(org, 'Own'), await createGroup(org, 'Other')];
  const [inside, outside] = [await createUser(org), await createUser(org)];
  await org.call('PUT', `/api/v1/groups/${own}/users/${inside}`);
  const { client } = await administrator({ type: 'USER_ADMIN', groups: [own] });
  expect(await ids(client.userApi.listUsers({}))).toEqual([inside]);
  expect(await ids(client.groupApi.listGroups({}))).toEqual([own]);
  expect((await client.userApi.getUser({ userId: inside })).id).toBe(inside);
  await expect(client.userApi.getUser({ userId: outside })).rejects.toMatchObject(forbidden);
  await expect(client.groupApi.assignUserToGroup({ groupId: other, userId: inside })).rejects.toMatchObject(forbidden);
  await expect(client.userApi.createUser({ body: newUser })).rejects.toMatchObject(forbidden);
  await client.userApi.createUser({ body: { profile: person(), groupIds: [own] } });
});

test('a token ends with its user', async () => {
  const { id, client } = await administrator({ type: 'SUPER_ADMIN' });
  await client.userApi.getUser({ userId: 'me' });
  await org.call('POST', `/api/v1/users/${id}/lifecycle/deactivate`);
  await expect(client.userApi.getUser({ userId: 'me' })).rejects.toMatchObject({ status: 401 });
});

const ofGroups = deviations.filter(({ name }) => name === 'null as a group’s description');

test('every answer about roles above is valid by Okta’s OpenAPI document', async () => {
  const document = await readOpenApi(
    fileURLToPath(new URL('../../src/testing/judges/okta-openapi-roles.json', import.meta.url)),
  );
  const ofRoles = recorder.exchanges.filter(
    ({ path }) => /\/(roles|iam)\b|\/users\/me$/.test(path) && !path.startsWith('/sim'),
  );
  const answered = ofRoles.filter(({ status }) => status !== 401);
  const verdict = judge(document, answered, ofGroups);
  expect(verdict.faults).toEqual([]);
  expect(document.operationIds.filter((id) => !verdict.operations.has(id))).toEqual([]);
});
