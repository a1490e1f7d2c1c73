import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';
import { createUser, startOrg, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';

import { createGuard } from '../resilience.ts';
import { faultOf } from '../testing/fault-of.ts';
import { appWith, makeAppKey, registerApp, type AppKey } from '../testing/service-app.ts';
import { connectOrgs } from './connect-orgs.ts';
import { createOktaPort } from './create-okta-port.ts';
import { passwordPolicies } from './hub/temporary-password.ts';
import { createSend } from './send.ts';
import { standardScopes, type ServiceApp } from './settings.ts';

let org: RunningOrg;
let key: AppKey;
let userId: string;
let aheadMs = 0;
let calls: string[] = [];
beforeAll(async () => {
  const count = { now: () => new Date(Date.now() + aheadMs) };
  org = await startOrg(count, [
    (request, _response, next) => {
      if (!request.path.startsWith('/sim')) calls.push(`${request.method} ${request.path}`);
      next();
    },
  ]);
  key = await makeAppKey('RS256', 'key-1');
  userId = await createUser(org);
});
afterAll(() => org.close());

const portOf = (app: ServiceApp): IdentityPort => createOktaPort(connectOrgs(() => ({ orgUrl: org.url, auth: app })));
const read = (okta: IdentityPort): Promise<unknown> => okta.readUser('acme', userId);
const tokenCalls = (): number => calls.filter((call) => call === 'POST /oauth2/v1/token').length;
const signedIn = async (dpop = true): Promise<IdentityPort> => {
  const okta = portOf(appWith(await registerApp(org, { keys: [key], dpop }), key));
  await read(okta);
  calls = [];
  return okta;
};

describe.each([
  ['DPoP', true],
  ['a bearer token', false],
])('an app with %s', (_title, dpop) => {
  test('signs in once for concurrent calls', async () => {
    calls = [];
    const okta = portOf(appWith(await registerApp(org, { keys: [key], dpop }), key));
    await Promise.all([read(okta), read(okta), read(okta)]);
    // With DPoP the first token call only fetches the nonce.
    expect(tokenCalls()).toBe(dpop ? 2 : 1);
    expect(calls.filter((call) => call.startsWith('GET'))).toHaveLength(3);
  });

  test('continues with a new token after a revoked one', async () => {
    const okta = await signedIn(dpop);
    await org.call('DELETE', '/sim/tokens');
    await Promise.all([read(okta), read(okta)]);
    await read(okta);
    expect(tokenCalls()).toBe(1);
  });

  test('continues with a new token after one that expired early', async () => {
    await org.call('PUT', '/sim/tokens', { lifetimeMs: 180_000 });
    const okta = await signedIn(dpop);
    aheadMs = 200_000;
    try {
      await read(okta);
      expect(tokenCalls()).toBe(1);
    } finally {
      aheadMs = 0;
      await org.call('PUT', '/sim/tokens', { lifetimeMs: 3_600_000 });
    }
  });
});

test('a request with a scope of its own is refused without its grant, and no other request is', async () => {
  const sendOf = async (scopes: readonly string[]) => {
    const app = appWith(await registerApp(org, { keys: [key], dpop: true, scopes }), key);
    return createSend(() => ({ orgUrl: org.url, auth: app }), createGuard('okta'), { now: Date.now })('acme');
  };
  const users = { method: 'GET', path: '/api/v1/users?limit=1' } as const;
  const without = await sendOf(standardScopes);
  await expect(without(passwordPolicies)).rejects.toMatchObject({ fault: 'unauthorized' });
  expect((await without(users)).status).toBe(200);
  const having = await sendOf([...standardScopes, 'okta.policies.read']);
  expect([(await having(passwordPolicies)).status, (await having(users)).status]).toEqual([200, 200]);
});

test('an effect that a revoked token prevents happens once with the next one', async () => {
  const okta = await signedIn();
  const transportKey = { ...(await makeAppKey('ES384', 't1')).publicJwk, use: 'enc' };
  const { x = '', y = '' } = transportKey;
  await org.call('DELETE', '/sim/tokens');
  const { enrollmentId } = await okta.enroll('acme', {
    userId,
    transportKey: { kty: 'EC', crv: 'P-384', use: 'enc', kid: 't1', x, y },
  });
  expect((await okta.listEnrollments('acme', userId)).map(({ id }) => id)).toEqual([enrollmentId]);
});

test('a nonce that the org changed is used', async () => {
  const okta = await signedIn();
  await org.call('DELETE', '/sim/nonces');
  await org.call('DELETE', '/sim/tokens');
  await read(okta);
  expect(tokenCalls()).toBe(2);
});

test('an unregistered key is refused, and nothing is requested without a token', async () => {
  calls = [];
  const clientId = await registerApp(org, { keys: [key] });
  const thrown = await faultOf(read(portOf(appWith(clientId, await makeAppKey('RS256', 'key-1')))));
  expect(thrown).toMatchObject({ fault: 'unauthorized', status: 401 });
  expect(thrown.message).toBe('okta readUser: the token call answered 401 (invalid_client)');
  expect(calls).toEqual(['POST /oauth2/v1/token']);
});

test('a renewed key needs no restart', async () => {
  const renewed = await makeAppKey('ES512', 'key-2');
  let current = key;
  const clientId = await registerApp(org, { keys: [key] });
  const okta = portOf({ clientId, privateKey: () => current.jwk });
  await read(okta);
  await registerApp(org, { clientId, keys: [renewed] });
  await org.call('DELETE', '/sim/tokens');
  expect(await faultOf(read(okta))).toMatchObject({ fault: 'unauthorized' });
  current = renewed;
  await read(okta);
});

test('one of several keys is found by its kid in the settings', async () => {
  const other = await makeAppKey('RS256', 'key-2');
  const clientId = await registerApp(org, { keys: [key, other] });
  const app = { clientId, privateKey: () => other.pem };
  expect(await faultOf(read(portOf(app)))).toMatchObject({ fault: 'unauthorized', status: 401 });
  await read(portOf({ ...app, keyId: 'key-2' }));
});

test('a call names the scope that the app has no grant for', async () => {
  const clientId = await registerApp(org, { keys: [key], scopes: ['okta.users.read'] });
  const okta = portOf(appWith(clientId, key));
  await read(okta);
  const thrown = await faultOf(okta.readGroup('acme', '00g00000000000000000'));
  expect(thrown).toMatchObject({ fault: 'unauthorized', status: 403 });
  expect(thrown.message).toBe('okta readGroup: answered 403 (insufficient_scope okta.groups.read)');
});

test('an app without any grant fails at the token call', async () => {
  const clientId = await registerApp(org, { keys: [key], scopes: ['okta.logs.read'] });
  const thrown = await faultOf(read(portOf(appWith(clientId, key))));
  expect(thrown.message).toBe('okta readUser: the token call answered 400 (consent_required)');
});

test('a failed token call is transient', async () => {
  const okta = await signedIn();
  await org.call('DELETE', '/sim/tokens');
  const match = { path: '/oauth2/v1/token' };
  await org.call('PUT', '/sim/faults', [{ match, respond: { status: 503 } }]);
  expect(await faultOf(read(okta))).toMatchObject({ fault: 'unreachable', status: 503 });
  await org.call('PUT', '/sim/faults', [{ match, respond: { status: 429 } }]);
  expect(await faultOf(read(okta))).toMatchObject({ fault: 'rate_limited', status: 429 });
  await org.call('PUT', '/sim/faults', []);
  await read(okta);
});
