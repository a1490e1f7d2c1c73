import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import okta from '@okta/okta-sdk-nodejs';
import { exportJWK } from 'jose';

import { routes } from '../http/routes.ts';
import { createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';
import { makeKey, registerApp } from '../testing/service-app.ts';
import { readOpenApi } from './openapi-document.ts';

let org: RunningOrg;
beforeAll(async () => {
  org = await startOrg();
});
afterAll(() => org.close());

/** The SDK signs proofs with the app's own key, which must be RSA. */
async function clientOf(changes: Readonly<Record<string, unknown>>): Promise<okta.Client> {
  const key = await makeKey('RS256', 'sdk-key');
  const { clientId } = await registerApp(org, { jwks: { keys: [key.publicJwk] }, ...changes });
  return new okta.Client({
    orgUrl: org.url,
    authorizationMode: 'PrivateKey',
    clientId,
    scopes: ['okta.users.read'],
    privateKey: JSON.stringify({ ...(await exportJWK(key.privateKey)), kid: 'sdk-key' }),
    cacheMiddleware: null,
    requestExecutor: new okta.DefaultRequestExecutor({ requestTimeout: 10_000, maxRetries: 2 }),
  });
}

test.each([true, false])('Okta’s own client signs in as a service app (DPoP: %s)', async (dpop) => {
  const userId = await createUser(org);
  const client = await clientOf({ dpop });
  expect((await client.userApi.getUser({ userId })).id).toBe(userId);
  expect((await client.userApi.getUser({ userId })).id).toBe(userId);
});

test('Okta’s own client gets another token when its own was revoked', async () => {
  const userId = await createUser(org);
  const client = await clientOf({ dpop: true });
  await client.userApi.getUser({ userId });
  await org.call('DELETE', '/sim/tokens');
  expect((await client.userApi.getUser({ userId })).id).toBe(userId);
});

test('Okta’s own client may not do what its scopes do not allow', async () => {
  const client = await clientOf({ dpop: true });
  await expect(client.groupApi.getGroup({ groupId: '00g' })).rejects.toMatchObject({ status: 403 });
});

const openapi = process.env['OKTA_OPENAPI'];
const judged = openapi === undefined || openapi === '' ? test.skip : test;

judged('every call needs the scope that Okta’s OpenAPI document says', async () => {
  const documents = await Promise.all([openapi ?? '', ofApps, ofRoles].map(readOpenApi));
  const operationOf = ([method, path]: (typeof routes)[number]) =>
    documents
      .map((document) => document.find(method.toUpperCase(), path.replaceAll(/:\w+/g, 'id')))
      .find((operation) => operation !== undefined);
  const covered = routes.filter((route) => operationOf(route) !== undefined);
  const scopes = covered.map(([method, path, , scope]) => [`${method} ${path}`, scope]);
  const documented = covered.map((route) => [`${route[0]} ${route[1]}`, operationOf(route)?.scopes.join(' ')]);
  expect(scopes).toEqual(documented);
  const others = routes.filter((route) => !covered.includes(route));
  expect(others.map(([method, path, , scope]) => [`${method} ${path}`, scope])).toEqual(scopesOfOthers);
});

/** The parts of Okta's document that are about apps, and about roles. */
const judges = new URL('../../src/testing/judges/', import.meta.url);
const ofApps = fileURLToPath(new URL('okta-openapi-apps.json', judges));
const ofRoles = fileURLToPath(new URL('okta-openapi-roles.json', judges));

/** Of Okta's whole document (okta-management-openapi-spec, 2026.06.3), for the calls that its part here lacks. */
const scopesOfOthers = [
  ['get /api/v1/policies', 'okta.policies.read'],
  ['get /api/v1/policies/:policyId/rules', 'okta.policies.read'],
  ['post /api/v1/policies/:policyId/rules', 'okta.policies.manage'],
  ['get /api/v1/policies/:policyId/rules/:ruleId', 'okta.policies.read'],
  ['put /api/v1/policies/:policyId/rules/:ruleId', 'okta.policies.manage'],
  ['delete /api/v1/policies/:policyId/rules/:ruleId', 'okta.policies.manage'],
  ['get /api/v1/idps/:idpId', 'okta.idps.read'],
];
