import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, importJWK, jwtVerify } from 'jose';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { drop, json, type SeenRequest } from '../testing/http-server.ts';
import { challenged, grantedToken, inOrder, scriptedOrg, type ScriptedOrg } from '../testing/scripted-org.ts';
import { makeAppKey, type AppKey } from '../testing/service-app.ts';
import { connectOrgs } from './connect-orgs.ts';
import { createOktaPort } from './create-okta-port.ts';
import { standardScopes, type ServiceApp } from './settings.ts';

let org: ScriptedOrg;
let key: AppKey;
beforeAll(async () => {
  org = await scriptedOrg();
  key = await makeAppKey('RS256', 'key-1');
});
afterAll(() => org.server.close());

/** A new port without a token, on a clock that the test moves. */
function appPort(app: Partial<ServiceApp> = {}): { okta: IdentityPort; passMs: (ms: number) => void } {
  let nowMs = Date.now();
  const auth: ServiceApp = { clientId: '0oaApp', privateKey: () => key.jwk, ...app };
  const okta = createOktaPort(
    connectOrgs(() => ({ orgUrl: org.server.url, rpId: 'acme.okta.example', auth }), {
      resilience: { retryDelayMs: 1, breakAfter: 1_000 },
      now: () => nowMs,
    }),
  );
  return { okta, passMs: (ms) => (nowMs += ms) };
}

const list = (okta: IdentityPort): Promise<unknown> => okta.listEnrollments('acme', '00uAda');
const formOf = (request: SeenRequest | undefined): URLSearchParams => new URLSearchParams(request?.body);
const proofOf = (request: SeenRequest | undefined): string => String(request?.headers['dpop']);
const claimsOf = (request: SeenRequest | undefined): Record<string, unknown> => decodeJwt(proofOf(request));
const assertionOf = (request: SeenRequest | undefined): string => formOf(request).get('client_assertion') ?? '';

const bound = { ...grantedToken, token_type: 'DPoP' };
const nonceRequired = json(
  400,
  { error: 'use_dpop_nonce', error_description: 'secret-value' },
  { 'dpop-nonce': 'nonce-1' },
);

describe('the token call', () => {
  test('sends a new assertion, valid for minutes, and requests only the scopes that are needed', async () => {
    org.script({});
    const from = Math.floor(Date.now() / 1_000);
    await list(appPort().okta);
    const to = Math.floor(Date.now() / 1_000);
    const [call] = org.tokenCalls();
    expect(call?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const { client_assertion: assertion = '', ...form } = Object.fromEntries(formOf(call));
    expect(form).toEqual({
      grant_type: 'client_credentials',
      scope: 'okta.users.manage okta.users.read okta.groups.read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const { payload, protectedHeader } = await jwtVerify(assertion, await importJWK(key.publicJwk, 'RS256'));
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: 'key-1' });
    const { exp = 0, jti, ...claims } = payload;
    expect(claims).toEqual({ iss: '0oaApp', sub: '0oaApp', aud: `${org.server.url}/oauth2/v1/token` });
    expect(jti).toMatch(/^[\w-]{36}$/);
    expect(exp).toBeGreaterThanOrEqual(from + 300);
    expect(exp).toBeLessThanOrEqual(to + 300);
  });

  test('requests the scopes of the settings', async () => {
    org.script({});
    await list(appPort({ scopes: ['okta.logs.read'] }).okta);
    expect(formOf(org.tokenCalls()[0]).get('scope')).toBe('okta.logs.read');
  });

  test('is sent once for three concurrent calls', async () => {
    org.script({});
    const { okta } = appPort();
    await Promise.all([list(okta), list(okta), list(okta)]);
    expect(org.tokenCalls()).toHaveLength(1);
    expect(org.resourceCalls().map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer access-1'));
  });

  test('is sent for each tenant', async () => {
    org.script({});
    const { okta } = appPort();
    await Promise.all([list(okta), okta.listEnrollments('other', '00uAda')]);
    expect(org.tokenCalls()).toHaveLength(2);
  });

  test('is sent again shortly before the token expires, and not sooner', async () => {
    org.script({});
    const { okta, passMs } = appPort();
    await list(okta);
    passMs(3_500_000);
    await list(okta);
    expect(org.tokenCalls()).toHaveLength(1);
    passMs(60_000);
    await Promise.all([list(okta), list(okta)]);
    expect(org.tokenCalls()).toHaveLength(2);
  });

  test('uses a renewed key', async () => {
    org.script({});
    const renewed = await makeAppKey('ES256', 'key-2');
    let current = key;
    const { okta, passMs } = appPort({ privateKey: () => current.jwk });
    await list(okta);
    current = renewed;
    passMs(3_600_000);
    await list(okta);
    expect(org.tokenCalls().map((call) => decodeProtectedHeader(assertionOf(call)))).toEqual([
      { alg: 'RS256', kid: 'key-1' },
      { alg: 'ES256', kid: 'key-2' },
    ]);
  });

  test('omits the kid where neither the key nor the settings have one', async () => {
    org.script({});
    await list(appPort({ privateKey: () => key.pem }).okta);
    await list(appPort({ privateKey: () => key.pem, keyId: 'key-9' }).okta);
    expect(org.tokenCalls().map((call) => decodeProtectedHeader(assertionOf(call)).kid)).toEqual([undefined, 'key-9']);
  });

  test('is not sent with an unusable key', async () => {
    org.script({});
    const { okta } = appPort({ privateKey: () => 'secret-value' });
    const thrown = await faultOf(list(okta));
    expect(thrown).toMatchObject({ fault: 'unauthorized' });
    expect(thrown.message).toBe('okta listEnrollments: the client key is neither PEM nor a JWK');
    expect(org.server.seen).toEqual([]);
  });
});

describe('with DPoP', () => {
  test('a required nonce is sent, with another assertion, and kept', async () => {
    org.script({ token: inOrder(nonceRequired, json(200, bound)) });
    const { okta, passMs } = appPort();
    await list(okta);
    passMs(3_600_000);
    await list(okta);
    const calls = org.tokenCalls();
    expect(calls.map((call) => claimsOf(call)['nonce'])).toEqual([undefined, 'nonce-1', 'nonce-1']);
    expect(new Set(calls.map((call) => decodeJwt(assertionOf(call)).jti)).size).toBe(3);
    expect(new Set(calls.map((call) => claimsOf(call)['jti'])).size).toBe(3);
  });

  test('a nonce that comes with a token is used the next time', async () => {
    org.script({ token: json(200, bound, { 'dpop-nonce': 'nonce-2' }) });
    const { okta, passMs } = appPort();
    await list(okta);
    passMs(3_600_000);
    await list(okta);
    expect(org.tokenCalls().map((call) => claimsOf(call)['nonce'])).toEqual([undefined, 'nonce-2']);
  });

  test('a nonce that is required twice is sent once', async () => {
    org.script({ token: nonceRequired });
    const thrown = await faultOf(list(appPort().okta));
    expect(thrown).toMatchObject({ fault: 'unauthorized', status: 400 });
    expect(thrown.message).toMatch('the token call answered 400 (use_dpop_nonce)');
    expect(org.tokenCalls()).toHaveLength(2);
    expect(org.resourceCalls()).toEqual([]);
  });

  test('every request has its own proof, of one key that is not the app’s', async () => {
    org.script({ token: json(200, bound), resource: json(200, [{ id: '00g1', profile: { name: 'One' } }]) });
    const { okta } = appPort();
    await okta.readUser('acme', 'a/b@acme.example').catch(() => null);
    await list(okta);
    const calls = org.resourceCalls();
    expect(calls[0]?.path).toContain('?');
    for (const call of calls) {
      expect(call.headers.authorization).toBe('DPoP access-1');
      const { payload, protectedHeader } = await jwtVerify(proofOf(call), EmbeddedJWK, { typ: 'dpop+jwt' });
      expect(protectedHeader.alg).toBe('ES256');
      expect(payload).toMatchObject({
        htm: call.method,
        htu: org.server.url + call.path.split('?')[0],
        ath: createHash('sha256').update('access-1').digest('base64url'),
      });
      expect(payload['nonce']).toBeUndefined();
    }
    const keys = await Promise.all(org.server.seen.map((call) => thumbprintOf(call)));
    expect(new Set(keys).size).toBe(1);
    expect(new Set(org.server.seen.map((call) => claimsOf(call)['jti'])).size).toBe(org.server.seen.length);
  });

  test('a read that is tried again has another proof', async () => {
    org.script({ token: json(200, bound), resource: inOrder(drop, json(200, [])) });
    await list(appPort().okta);
    const proofs = org.resourceCalls().map((call) => claimsOf(call)['jti']);
    expect(proofs).toHaveLength(2);
    expect(new Set(proofs).size).toBe(2);
  });

  test.each([400, 401])(
    'a resource that asks for a nonce by %d gets it in one more try, and from then on',
    async (status) => {
      const asks = challenged(status, 'use_dpop_nonce', { 'dpop-nonce': 'resource-nonce' });
      org.script({ token: json(200, bound), resource: inOrder(asks, json(204, null)) });
      const { okta } = appPort();
      await okta.sendPin('acme', '00uAda', 'fwf1');
      await okta.sendPin('acme', '00uAda', 'fwf1');
      const nonces = org.resourceCalls().map((call) => claimsOf(call)['nonce']);
      expect(nonces).toEqual([undefined, 'resource-nonce', 'resource-nonce']);
      expect(org.tokenCalls()).toHaveLength(1);
    },
  );

  test('a resource that always requires a new nonce is requested twice', async () => {
    org.script({ token: json(200, bound), resource: challenged(401, 'use_dpop_nonce', { 'dpop-nonce': 'again' }) });
    const thrown = await faultOf(appPort().okta.sendPin('acme', '00uAda', 'fwf1'));
    expect(thrown).toMatchObject({ fault: 'unauthorized', status: 401 });
    expect(org.resourceCalls()).toHaveLength(2);
  });
});

describe('a 401', () => {
  const refused = challenged(401, 'invalid_token');
  const tokens = inOrder(json(200, grantedToken), json(200, { ...grantedToken, access_token: 'access-2' }));

  test('renews the token once, and the request is repeated', async () => {
    org.script({ token: tokens, resource: inOrder(refused, json(204, null)) });
    const { okta } = appPort();
    await okta.sendPin('acme', '00uAda', 'fwf1');
    await okta.sendPin('acme', '00uAda', 'fwf1');
    const authorizations = org.resourceCalls().map(({ headers }) => headers.authorization);
    expect(authorizations).toEqual(['Bearer access-1', 'Bearer access-2', 'Bearer access-2']);
    expect(org.tokenCalls()).toHaveLength(2);
  });

  test('of several concurrent calls renews the token once for all of them', async () => {
    const current = json(200, { ...grantedToken, access_token: 'access-2' });
    org.script({
      token: inOrder(json(200, grantedToken), current),
      resource: (request, response) =>
        (request.headers.authorization === 'Bearer access-2' ? json(200, []) : refused)(request, response),
    });
    const { okta } = appPort();
    await Promise.all([list(okta), list(okta), list(okta)]);
    expect(org.tokenCalls()).toHaveLength(2);
  });

  test('that persists is an error, without any value', async () => {
    org.script({ resource: refused });
    const thrown = await faultOf(list(appPort().okta));
    expect(thrown).toMatchObject({ fault: 'unauthorized', status: 401 });
    expect(thrown.message).toBe('okta listEnrollments: answered 401 (invalid_token okta.users.read)');
    expect(everythingIn(thrown)).not.toContain('secret-value');
    expect([org.resourceCalls().length, org.tokenCalls().length]).toEqual([2, 2]);
  });

  test('for an SSWS token is an error at once', async () => {
    org.script({ resource: refused });
    const okta = createOktaPort(connectOrgs(() => ({ orgUrl: org.server.url, auth: { token: () => 'ssws-token' } })));
    expect(await faultOf(list(okta))).toMatchObject({ fault: 'unauthorized' });
    expect(org.server.seen).toHaveLength(1);
  });
});

test.each([
  [400, 'invalid_dpop_proof'],
  [403, 'insufficient_scope'],
])('%d for %s is about the app, not about the user', async (status, error) => {
  org.script({ resource: challenged(status, error) });
  const thrown = await faultOf(appPort().okta.sendPin('acme', '00uAda', 'fwf1'));
  expect(thrown).toMatchObject({ fault: 'unauthorized', status, refusals: [] });
  expect(thrown.message).toBe(`okta sendPin: answered ${status} (${error} okta.users.read)`);
  expect(org.resourceCalls()).toHaveLength(1);
});

test('the default scopes are the ones that the port needs', () => {
  expect(standardScopes).toEqual(['okta.users.manage', 'okta.users.read', 'okta.groups.read']);
});

async function thumbprintOf(request: SeenRequest): Promise<string> {
  const { jwk } = decodeProtectedHeader(proofOf(request));
  const thumbprint = await calculateJwkThumbprint(jwk ?? {});
  expect(thumbprint).not.toBe(await calculateJwkThumbprint(key.publicJwk));
  return thumbprint;
}
