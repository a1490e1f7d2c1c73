import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import okta from '@okta/okta-sdk-nodejs';

import { catalogApp } from '../apps/create-app.ts';
import { allFeatures, waitUntilIdle } from '../testing/apps.ts';
import { startOrg, token, type RunningOrg } from '../testing/running-org.ts';
import { startScimServer, type ScimServer } from '../testing/scim-server.ts';
import { appDeviations } from './app-deviations.ts';
import { judge } from './judge.ts';
import { readOpenApi } from './openapi-document.ts';
import { createRecorder } from './recorder.ts';

const recorder = createRecorder();

let org: RunningOrg;
let server: ScimServer;
let client: okta.Client;

beforeAll(async () => {
  org = await startOrg({}, [recorder.record]);
  server = await startScimServer({ client: 'template', authorization: 'header' });
  client = new okta.Client({
    orgUrl: org.url,
    token,
    cacheMiddleware: null,
    requestExecutor: new okta.DefaultRequestExecutor({ requestTimeout: 10_000, maxRetries: 2 }),
  });
});

afterAll(async () => {
  await server.close();
  await org.close();
});

async function all<Item>(collection: AsyncIterable<Item | null>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of collection) if (item !== null) items.push(item);
  return items;
}

let people = 0;

async function createUser(): Promise<string> {
  people += 1;
  const login = `app.user.${people}@acme.example`;
  const profile = { login, email: login, firstName: 'Grace', lastName: 'Hopper' };
  return (await client.userApi.createUser({ body: { profile }, activate: true })).id ?? '';
}

describe('Okta’s own client', () => {
  let appId: string;

  test('makes an app, connects it and ticks its features', async () => {
    const application: okta.AutoLoginApplication = { name: catalogApp, label: 'Key Shop', signOnMode: 'AUTO_LOGIN' };
    appId = (await client.applicationApi.createApplication({ application })).id ?? '';
    expect(await client.applicationApi.getApplication({ appId })).toMatchObject({
      label: 'Key Shop',
      status: 'ACTIVE',
    });
    expect((await all(await client.applicationApi.listApplications({ q: 'key' }))).map((one) => one.id)).toEqual([
      appId,
    ]);
    const request = { baseUrl: server.url, profile: { authScheme: 'TOKEN', token: server.token } } as const;
    const connection = await client.applicationApi.updateDefaultProvisioningConnectionForApplication({
      appId,
      activate: true,
      ProvisioningConnectionRequest: request,
    });
    expect(connection).toMatchObject({ status: 'ENABLED', baseUrl: server.url });
    await client.applicationApi.deactivateDefaultProvisioningConnectionForApplication({ appId });
    await client.applicationApi.activateDefaultProvisioningConnectionForApplication({ appId });
    expect(await client.applicationApi.getDefaultProvisioningConnectionForApplication({ appId })).toMatchObject({
      status: 'ENABLED',
    });
    const name = 'USER_PROVISIONING';
    await client.applicationApi.updateFeatureForApplication({
      appId,
      name,
      CapabilitiesObject: allFeatures(),
    });
    expect(await client.applicationApi.getFeatureForApplication({ appId, name })).toMatchObject({
      capabilities: { create: { lifecycleCreate: { status: 'ENABLED' } } },
    });
    expect(await all(await client.applicationApi.listFeaturesForApplication({ appId }))).toHaveLength(1);
  });

  test('assigns users, changes them and takes them away', async () => {
    const userId = await createUser();
    const assigned = await client.applicationApi.assignUserToApplication({
      appId,
      appUser: { id: userId, scope: 'USER', profile: { title: 'Admiral' } },
    });
    expect(assigned).toMatchObject({ id: userId, status: 'STAGED', profile: { title: 'Admiral', givenName: 'Grace' } });
    await waitUntilIdle(org);
    expect(await client.applicationApi.getApplicationUser({ appId, userId })).toMatchObject({ status: 'PROVISIONED' });
    await client.applicationApi.updateApplicationUser({ appId, userId, appUser: { profile: { title: 'Captain' } } });
    await waitUntilIdle(org);
    expect([...server.users.values()]).toMatchObject([{ title: 'Captain', active: true }]);
    expect((await all(await client.applicationApi.listApplicationUsers({ appId }))).map((one) => one.id)).toEqual([
      userId,
    ]);
    await client.applicationApi.unassignUserFromApplication({ appId, userId });
    await waitUntilIdle(org);
    expect([...server.users.values()]).toMatchObject([{ active: false }]);
  });

  test('assigns groups, pushes others and unlinks them', async () => {
    const [assigned, pushed] = await Promise.all(
      ['Assigned', 'Pushed'].map((name) => client.groupApi.createGroup({ group: { profile: { name } } })),
    );
    const groupId = assigned?.id ?? '';
    const userId = await createUser();
    await client.groupApi.assignUserToGroup({ groupId, userId });
    await client.groupApi.assignUserToGroup({ groupId: pushed?.id ?? '', userId });
    await client.applicationApi.assignGroupToApplication({
      appId,
      groupId,
      applicationGroupAssignment: { priority: 1 },
    });
    expect(await client.applicationApi.getApplicationGroupAssignment({ appId, groupId })).toMatchObject({
      priority: 1,
    });
    expect(await all(await client.applicationApi.listApplicationGroupAssignments({ appId }))).toHaveLength(1);
    await waitUntilIdle(org);
    const api = client.groupPushMappingApi;
    const body = { sourceGroupId: pushed?.id ?? '', status: 'ACTIVE' as const };
    const mapping = await api.createGroupPushMapping({ appId, body });
    await waitUntilIdle(org);
    const mappingId = mapping.id ?? '';
    expect(await api.getGroupPushMapping({ appId, mappingId })).toMatchObject({ status: 'ACTIVE' });
    expect(await all(await api.listGroupPushMappings({ appId }))).toHaveLength(1);
    expect([...server.groups.values()]).toMatchObject([{ displayName: 'Pushed', members: [{}] }]);
    await api.updateGroupPushMapping({ appId, mappingId, body: { status: 'INACTIVE' } });
    await api.deleteGroupPushMapping({ appId, mappingId, deleteTargetGroup: true });
    await client.applicationApi.unassignApplicationFromGroup({ appId, groupId });
    await waitUntilIdle(org);
    expect(server.groups.size).toBe(0);
  });

  test('reads and changes the app’s schema and mapping', async () => {
    const property = {
      title: 'Alias',
      type: 'string' as const,
      externalName: "aliases.^[type=='email'].value",
      externalNamespace: 'urn:ietf:params:scim:schemas:core:2.0:User',
    };
    await client.schemaApi.updateApplicationUserProfile({
      appInstanceId: appId,
      body: { definitions: { custom: { id: '#custom', type: 'object', properties: { alias: property } } } },
    });
    const schema = await client.schemaApi.getApplicationUserSchema({ appInstanceId: appId });
    expect(schema.definitions?.custom?.properties).toHaveProperty('alias');
    const [found] = await all(await client.profileMappingApi.listProfileMappings({ targetId: appId }));
    const mappingId = found?.id ?? '';
    expect(await client.profileMappingApi.getProfileMapping({ mappingId })).toMatchObject({ target: { id: appId } });
  });

  test('deactivates, activates and deletes an app', async () => {
    await expect(client.applicationApi.deleteApplication({ appId })).rejects.toMatchObject({ status: 403 });
    await client.applicationApi.deactivateApplication({ appId });
    await client.applicationApi.activateApplication({ appId });
    await client.applicationApi.deactivateApplication({ appId });
    await client.applicationApi.deleteApplication({ appId });
    await expect(client.applicationApi.getApplication({ appId })).rejects.toMatchObject({ status: 404 });
  });
});

test('every request and answer above is valid by Okta’s OpenAPI document', async () => {
  const document = await readOpenApi(
    new URL('../../src/testing/judges/okta-openapi-apps.json', import.meta.url).pathname,
  );
  const ofApps = recorder.exchanges.filter(({ path }) => /^\/api\/v1\/(apps|mappings|meta\/schemas\/apps)/.test(path));
  const verdict = judge(document, ofApps, appDeviations);
  expect(verdict.faults).toEqual([]);
  for (const { name } of appDeviations) expect([name, (verdict.met.get(name) ?? 0) > 0]).toEqual([name, true]);
  expect(document.operationIds.filter((id) => !verdict.operations.has(id))).toEqual(['updateProfileMapping']);
});
