import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, decodeJwt } from 'jose';
import { z } from 'zod';

import { bodyOf, startOrg, type Reply, type RunningOrg } from '../testing/running-org.ts';
import {
  askToken,
  makeKey,
  nowSeconds,
  registerApp,
  signAssertion,
  signProof,
  type Changes,
  type RegisteredApp,
} from '../testing/service-app.ts';

let org: RunningOrg;
let bearer: RegisteredApp;
let dpop: RegisteredApp;
beforeAll(async () => {
  org = await startOrg();
  bearer = await registerApp(org, { dpop: false, scopes: ['okta.users.read', 'okta.groups.read'] });
  dpop = await registerApp(org);
});
afterAll(() => org.close());

const withToken = z.looseObject({ access_token: z.string(), expires_in: z.number() });
const ask = async (form: Readonly<Record<string, string | undefined>> = {}): Promise<Reply> =>
  askToken(org, { client_assertion: await signAssertion(org, bearer), ...form });
const askBound = async (changes: Changes = {}, header: Changes = {}): Promise<Reply> => {
  const proof = await signProof(dpop.proofKey, ['POST', `${org.url}/oauth2/v1/token`], changes, header);
  return askToken(org, { client_assertion: await signAssertion(org, dpop) }, proof);
};
const nonce = async (): Promise<string> => (await askBound()).headers.get('dpop-nonce') ?? '';

test('an app without DPoP gets a bearer token for an hour, with the scopes that it has grants for', async () => {
  const reply = await ask({ scope: 'okta.users.read okta.groups.manage okta.groups.read' });
  expect(reply).toMatchObject({
    status: 200,
    body: { token_type: 'Bearer', expires_in: 3_600, scope: 'okta.users.read okta.groups.read' },
  });
  const claims = decodeJwt(bodyOf(withToken, reply).access_token);
  expect(claims).toMatchObject({
    iss: 'https://acme.okta.example',
    sub: bearer.clientId,
    cid: bearer.clientId,
    scp: ['okta.users.read', 'okta.groups.read'],
  });
  expect(claims['cnf']).toBeUndefined();
});

test('the lifetime of tokens can be shortened', async () => {
  await org.call('PUT', '/sim/tokens', { lifetimeMs: 5_000 });
  expect(bodyOf(withToken, await ask()).expires_in).toBe(5);
  await org.call('PUT', '/sim/tokens', { lifetimeMs: 3_600_000 });
});

describe('an assertion', () => {
  const invalid = (description: RegExp) => ({
    status: 401,
    body: { error: 'invalid_client', error_description: expect.stringMatching(description) },
  });
  const bad: [string, () => Changes, RegExp][] = [
    ['of an unknown app', () => ({ iss: '0oaUnknown', sub: '0oaUnknown' }), /issuer claim/],
    ['with another subject', () => ({ sub: '0oaOther' }), /subject claim/],
    ['for another endpoint', () => ({ aud: 'https://elsewhere.example/oauth2/v1/token' }), /audience claim/],
    ['without an expiry', () => ({ exp: undefined }), /'exp' claim/],
    ['that has expired', () => ({ exp: nowSeconds() - 1 }), /is expired/],
    ['that is valid for more than an hour', () => ({ exp: nowSeconds() + 3_700 }), /too far into the future/],
    ['issued in the future', () => ({ iat: nowSeconds() + 30 }), /before the current time/],
  ];

  test.each(bad)('%s is refused', async (_title, changes, description) => {
    expect(await ask({ client_assertion: await signAssertion(org, bearer, changes()) })).toMatchObject(
      invalid(description),
    );
  });

  test('that is not a JWT, or is unsigned or signed with another key, is refused', async () => {
    const other = { ...bearer, key: await makeKey('ES256', 'key-1') };
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: bearer.clientId }))}.`;
    expect(await ask({ client_assertion: 'hello' })).toMatchObject(invalid(/parsing/));
    expect(await ask({ client_assertion: await signAssertion(org, other) })).toMatchObject(invalid(/signature/));
    expect(await ask({ client_assertion: unsigned })).toMatchObject(invalid(/signature algorithm/));
  });

  test('is accepted once, even if the response was only a nonce', async () => {
    const assertion = await signAssertion(org, bearer);
    expect(await ask({ client_assertion: assertion })).toMatchObject({ status: 200 });
    expect(await ask({ client_assertion: assertion })).toMatchObject(invalid(/already been used/));
    const answered = await signAssertion(org, dpop);
    const proof = (withNonce?: string) =>
      signProof(dpop.proofKey, ['POST', `${org.url}/oauth2/v1/token`], { nonce: withNonce });
    const first = await askToken(org, { client_assertion: answered }, await proof());
    expect(first).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } });
    const again = await askToken(org, { client_assertion: answered }, await proof(await nonce()));
    expect(again).toMatchObject(invalid(/already been used/));
  });

  test('must have the kid of one of the app’s keys if there are several', async () => {
    const second = await makeKey('RS256', 'key-2');
    const { clientId, key: first } = await registerApp(org, { dpop: false });
    const askWith = async (header: { kid?: string }, key = first): Promise<Reply> =>
      ask({ client_assertion: await signAssertion(org, { clientId, key }, {}, header) });
    expect(await askWith({})).toMatchObject({ status: 200 });
    expect(await askWith({ kid: 'key-9' })).toMatchObject(invalid(/kid/));
    const jwks = { keys: [first.publicJwk, second.publicJwk] };
    await org.call('POST', '/sim/apps', { clientId, jwks, scopes: ['okta.users.read'], dpop: false });
    expect(await askWith({})).toMatchObject(invalid(/kid/));
    expect(await askWith({ kid: 'key-1' })).toMatchObject({ status: 200 });
    expect(await askWith({ kid: 'key-2' }, second)).toMatchObject({ status: 200 });
  });
});

test.each([
  [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  [{ client_assertion: undefined }, 401, 'invalid_client'],
  [{ client_assertion_type: 'jwt' }, 400, 'invalid_request'],
  [{ scope: undefined }, 400, 'invalid_scope'],
  [{ scope: 'custom' }, 400, 'invalid_scope'],
  [{ scope: 'okta.apps.read' }, 400, 'consent_required'],
])('a form with %j is refused: %d %s', async (form, status, error) => {
  expect(await ask(form)).toMatchObject({ status, body: { error } });
});

describe('an app with DPoP', () => {
  test('gets a token that is bound to its key if the proof has the nonce', async () => {
    const reply = await askBound({ nonce: await nonce() });
    expect(reply).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
    const { cnf } = decodeJwt(bodyOf(withToken, reply).access_token);
    expect(cnf).toEqual({ jkt: await calculateJwkThumbprint(dpop.proofKey.publicJwk) });
  });

  test('gets the same nonce while it is valid, and a new one after nonces were deleted', async () => {
    const first = await nonce();
    expect(first).toMatch(/^\w{32}$/);
    expect(await nonce()).toBe(first);
    await org.call('DELETE', '/sim/nonces');
    expect(await askBound({ nonce: first })).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } });
    expect(await nonce()).not.toBe(first);
  });

  test('needs a proof', async () => {
    const reply = await askToken(org, { client_assertion: await signAssertion(org, dpop) });
    expect(reply).toMatchObject({
      status: 400,
      body: { error: 'invalid_dpop_proof', error_description: 'The DPoP proof JWT header is missing.' },
    });
  });

  test.each<[string, () => Changes, Changes, RegExp]>([
    ['another method', () => ({ htm: 'GET' }), {}, /'htm'/],
    ['another URL', () => ({ htu: `${org.url}/api/v1/users` }), {}, /'htu'/],
    ['a query', () => ({ htu: `${org.url}/oauth2/v1/token?a=b` }), {}, /'htu'/],
    ['no time', () => ({ iat: undefined }), {}, /'iat'/],
    ['no id', () => ({ jti: undefined }), {}, /'jti'/],
    ['a time long ago', () => ({ iat: nowSeconds() - 400 }), {}, /more than five minutes/],
    ['a time to come', () => ({ iat: nowSeconds() + 400 }), {}, /in the future/],
    ['another type', () => ({}), { typ: 'JWT' }, /'typ'/],
    ['no key', () => ({}), { jwk: undefined }, /cannot be parsed/],
  ])('has no use for a proof with %s', async (_title, changes, header, description) => {
    expect(await askBound({ nonce: await nonce(), ...changes() }, header)).toMatchObject({
      status: 400,
      body: { error: 'invalid_dpop_proof', error_description: expect.stringMatching(description) },
    });
  });

  test('can use a proof only once', async () => {
    const proof = await signProof(dpop.proofKey, ['POST', `${org.url}/oauth2/v1/token`], { nonce: await nonce() });
    const use = async () => askToken(org, { client_assertion: await signAssertion(org, dpop) }, proof);
    expect(await use()).toMatchObject({ status: 200 });
    expect(await use()).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
  });
});

test.each<[string, Changes]>([
  ['a private key', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } }],
  ['no key', { jwks: { keys: [] } }],
  ['two keys of one name', { jwks: { keys: [{ kty: 'EC' }, { kty: 'RSA' }] } }],
  ['no scope', { scopes: [] }],
  ['a scope that is not Okta’s', { scopes: ['profile'] }],
])('an app is not registered with %s', async (_title, changes) => {
  const body = { jwks: { keys: [bearer.key.publicJwk] }, scopes: ['okta.users.read'], ...changes };
  expect((await org.call('POST', '/sim/apps', body)).status).toBe(400);
});
