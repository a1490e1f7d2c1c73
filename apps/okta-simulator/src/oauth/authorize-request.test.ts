import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { startOrg, type RunningOrg } from '../testing/running-org.ts';
import {
  grantedToken,
  hashOf,
  makeKey,
  nowSeconds,
  registerApp,
  signProof,
  type Changes,
  type RegisteredApp,
  type SigningKey,
} from '../testing/service-app.ts';

let org: RunningOrg;
let app: RegisteredApp;
let unbound: RegisteredApp;
let aheadMs = 0;
beforeAll(async () => {
  org = await startOrg({ now: () => new Date(Date.now() + aheadMs) });
  app = await registerApp(org, { scopes: ['okta.users.read', 'okta.groups.manage'] });
  unbound = await registerApp(org, { dpop: false });
});
afterAll(() => org.close());

interface Received {
  status: number;
  body: string;
  challenge: string;
}

async function get(path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Received> {
  const response = await fetch(new URL(path, org.url), { method, headers });
  return {
    status: response.status,
    body: await response.text(),
    challenge: response.headers.get('www-authenticate') ?? '',
  };
}

async function getBound(
  token: string,
  {
    path = '/api/v1/users',
    method = 'GET',
    key = app.proofKey,
  }: { path?: string; method?: string; key?: SigningKey } = {},
  changes: Changes = {},
): Promise<Received> {
  const url = org.url + path.split('?')[0];
  const proof = await signProof(key, [method, url], { ath: hashOf(token), ...changes });
  return get(path, { Authorization: `DPoP ${token}`, DPoP: proof }, method);
}

const getBearer = (token: string, path = '/api/v1/users'): Promise<Received> =>
  get(path, { Authorization: `Bearer ${token}` });

describe('a token', () => {
  test('that is bound is accepted with a new proof for each request', async () => {
    const token = await grantedToken(org, app);
    expect(await getBound(token)).toMatchObject({ status: 200, challenge: '' });
    expect(await getBound(token, { path: '/api/v1/users?limit=1' })).toMatchObject({ status: 200 });
  });

  test('that is not bound is accepted without a proof', async () => {
    const token = await grantedToken(org, unbound, { dpop: false });
    expect(await getBearer(token)).toMatchObject({ status: 200 });
    expect(await getBound(token)).toMatchObject({ status: 401, challenge: expect.stringMatching('not DPoP bound') });
  });

  test('allows what its scopes allow; `manage` includes `read`', async () => {
    const token = await grantedToken(org, app, { scope: 'okta.users.read okta.groups.manage' });
    expect(await getBound(token, { path: '/api/v1/groups' })).toMatchObject({ status: 200 });
    expect(await getBound(token, { path: '/api/v1/users/00u', method: 'DELETE' })).toMatchObject({ status: 403 });
    const refused = await getBound(token, { path: '/api/v1/logs?limit=1' });
    expect(refused).toMatchObject({ status: 403, body: '' });
    expect(refused.challenge).toBe(
      'DPoP algs="RS256 RS384 RS512 ES256 ES384 ES512", ' +
        `authorization_uri="${org.url}/oauth2/v1/authorize", realm="${org.url}", scope="okta.logs.read", ` +
        'error="insufficient_scope", ' +
        'error_description="The access token provided does not contain the required scopes.", resource="/api/v1/logs"',
    );
  });

  test('is valid after a restart of the org', async () => {
    const token = await grantedToken(org, unbound, { dpop: false });
    await org.restart();
    expect(await getBearer(token)).toMatchObject({ status: 200 });
  });

  test('is invalid after it expires, is revoked or is changed', async () => {
    const invalid = (why: string) => ({
      status: 401,
      body: '',
      challenge: expect.stringMatching(`invalid_token.*${why}`),
    });
    const token = await grantedToken(org, unbound, { dpop: false });
    expect(await getBearer(token.replace(/.{8}$/, 'AAAAAAAA'))).toMatchObject(invalid('is invalid'));
    aheadMs = 3_601_000;
    expect(await getBearer(token)).toMatchObject(invalid('has expired'));
    aheadMs = 0;
    expect(await getBearer(token)).toMatchObject({ status: 200 });
    await org.call('DELETE', '/sim/tokens');
    expect(await getBearer(token)).toMatchObject(invalid('has been revoked'));
  });

  test('that is not a JWT is refused as a wrong SSWS token', async () => {
    const received = await getBearer('hello');
    expect([received.status, JSON.parse(received.body)]).toMatchObject([401, { errorCode: 'E0000011' }]);
  });
});

describe('a bound token is refused', () => {
  let token: string;
  beforeAll(async () => {
    token = await grantedToken(org, app);
  });

  test('as a bearer token, and without a proof', async () => {
    const scheme = expect.stringMatching(/^Bearer .*must use the DPoP authentication scheme/);
    expect(await getBearer(token)).toMatchObject({ status: 400, challenge: scheme });
    expect(await get('/api/v1/users', { Authorization: `DPoP ${token}` })).toMatchObject({
      status: 400,
      challenge: expect.stringMatching('requires a DPoP proof'),
    });
  });

  test.each<[string, () => Changes, string]>([
    ['another method', () => ({ htm: 'POST' }), "'htm'"],
    ['another URL', () => ({ htu: `${org.url}/api/v1/groups` }), "'htu'"],
    ['another token', () => ({ ath: hashOf('another') }), "'ath'"],
    ['no token', () => ({ ath: undefined }), "'ath'"],
    ['a time long ago', () => ({ iat: nowSeconds() - 400 }), 'five minutes'],
  ])('with a proof for %s', async (_title, changes, why) => {
    expect(await getBound(token, {}, changes())).toMatchObject({
      status: 400,
      body: '',
      challenge: expect.stringMatching(`invalid_dpop_proof.*${why}`),
    });
  });

  test('with a proof of another key', async () => {
    expect(await getBound(token, { key: await makeKey('ES256') })).toMatchObject({
      status: 400,
      challenge: expect.stringMatching('not bound to the provided DPoP proof'),
    });
  });

  test('with a proof that was used before', async () => {
    const changes = { jti: 'once' };
    expect(await getBound(token, {}, changes)).toMatchObject({ status: 200 });
    expect(await getBound(token, {}, changes)).toMatchObject({
      status: 400,
      challenge: expect.stringMatching('has already been used'),
    });
  });
});
