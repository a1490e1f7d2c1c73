import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, createGroup, profile, startOrg, withId, type RunningOrg } from '../testing/running-org.ts';
import { acrFor } from './sign-in.ts';

const redirectUri = 'http://127.0.0.1:1/callback';
const client = { clientId: 'console', clientSecret: 'a-client-secret-of-at-least-32-characters' };
let org: RunningOrg;
let userId: string;

beforeAll(async () => {
  org = await startOrg();
  await org.call('POST', '/sim/oidc/clients', { ...client, redirectUris: [redirectUri] });
  const ada = { profile: profile({ login: 'ada@acme.example' }), credentials: { password: { value: 'nine volts' } } };
  userId = bodyOf(withId, await org.call('POST', '/api/v1/users', ada)).id;
  for (const name of ['keycourier admins', 'Staff'])
    await org.call('PUT', `/api/v1/groups/${await createGroup(org, name)}/users/${userId}`);
});

afterAll(() => org.close());

beforeEach(() => org.call('PUT', '/sim/oidc', {}));

const base = () => `${org.url}/oauth2/default`;
const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ');

/** A browser that signs in as `login`: the parameters of the answer at the app's address. */
async function signIn(parameters: Record<string, string> = {}, login = 'ada@acme.example'): Promise<URLSearchParams> {
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email groups',
    state: 's',
    nonce: 'n',
    ...parameters,
  });
  const started = await fetch(`${base()}/v1/authorize?${query.toString()}`, { redirect: 'manual' });
  const page = started.headers.get('location') ?? '';
  const cookie = cookiesOf(started);
  const done = await fetch(new URL(page, org.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ login, password: 'any' }),
  });
  const back = await fetch(new URL(done.headers.get('location') ?? '', org.url), {
    redirect: 'manual',
    headers: { cookie },
  });
  return new URL(back.headers.get('location') ?? '').searchParams;
}

const tokens = z.object({ id_token: z.string(), access_token: z.string() });
const claims = z.looseObject({ nonce: z.string(), auth_time: z.number(), acr: z.string().optional() });

async function exchange(code: string) {
  const answer = await fetch(`${base()}/v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
  });
  const { id_token: idToken, access_token: accessToken } = tokens.parse(await answer.json());
  const claimsText = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString();
  return { idToken: claims.parse(JSON.parse(claimsText)), accessToken };
}

const idTokenOf = async (parameters: Record<string, string> = {}) =>
  (await exchange((await signIn(parameters)).get('code') ?? '')).idToken;

describe('an ID token', () => {
  test('has the user, their groups and the time of the sign-in, and the answer its issuer', async () => {
    const answer = await signIn();
    expect(answer.get('iss')).toBe(base());
    const { idToken } = await exchange(answer.get('code') ?? '');
    expect(idToken).toMatchObject({
      iss: base(),
      sub: userId,
      preferred_username: 'ada@acme.example',
      groups: ['Everyone', 'Staff', 'keycourier admins'],
    });
    expect(idToken.auth_time).toBeGreaterThan(Date.now() / 1_000 - 60);
  });

  test('is thin where the org says so, and the groups are at /userinfo', async () => {
    await org.call('PUT', '/sim/oidc', { thinIdToken: true, groupsFilter: 'keycourier ' });
    const { idToken, accessToken } = await exchange((await signIn()).get('code') ?? '');
    expect(idToken).not.toHaveProperty('groups');
    const info = await fetch(`${base()}/v1/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(await info.json()).toMatchObject({ sub: userId, groups: ['keycourier admins'] });
  });

  test('has no more groups than the org puts in', async () => {
    await org.call('PUT', '/sim/oidc', { groupsLimit: 1 });
    expect(await idTokenOf()).toMatchObject({ groups: ['Everyone'] });
  });

  test('has another nonce, or an old sign-in, on request of a test', async () => {
    await org.call('PUT', '/sim/oidc', { otherNonce: true, staleSignIn: true });
    const idToken = await idTokenOf({ max_age: '0' });
    expect(idToken.nonce).toBe('of-another-request');
    expect(idToken.auth_time).toBeLessThan(Date.now() / 1_000 - 3_000);
  });
});

describe('phr', () => {
  test('is refused without a FIDO2 factor', async () => {
    await org.call('PUT', `/sim/users/${userId}/security-key`, { active: false });
    expect((await signIn({ acr_values: 'phr', max_age: '0' })).get('error')).toBe('unmet_authentication_requirements');
  });

  test('is reached with one', async () => {
    await org.call('PUT', `/sim/users/${userId}/security-key`, { active: true });
    expect(await idTokenOf({ acr_values: 'phr', max_age: '0' })).toMatchObject({ acr: 'phr' });
  });

  test('is ignored without a word by an org that does not know it', async () => {
    await org.call('PUT', '/sim/oidc', { unknownAcr: ['phr'] });
    await org.call('PUT', `/sim/users/${userId}/security-key`, { active: false });
    expect(await idTokenOf({ acr_values: 'phr' })).toMatchObject({ acr: 'urn:okta:loa:1fa:any' });
  });

  test.each([
    [[], 'urn:okta:loa:1fa:any'],
    [['urn:okta:loa:2fa:any', 'phr'], 'urn:okta:loa:2fa:any'],
    [['unknown', 'phr'], null],
  ])('the level for %j without a FIDO2 factor is %s', (wanted, level) =>
    expect(acrFor({ has_fido2: false }, { wanted })).toBe(level),
  );
});

test('a user who is not active, or not there, cannot sign in', async () => {
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
  });
  const started = await fetch(`${base()}/v1/authorize?${query.toString()}`, { redirect: 'manual' });
  const done = await fetch(new URL(started.headers.get('location') ?? '', org.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookiesOf(started) },
    body: new URLSearchParams({ login: 'missing@acme.example' }),
  });
  expect([done.status, await done.text()]).toEqual([401, expect.stringContaining('Unable to sign in')]);
});

test('an address that is not registered is refused at the org, not sent on', async () => {
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: 'https://evil.example/',
    response_type: 'code',
    scope: 'openid',
  });
  const answer = await fetch(`${base()}/v1/authorize?${query.toString()}`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
});

test('keys are the same after a restart', async () => {
  const keys = async (): Promise<unknown> => (await fetch(`${base()}/v1/keys`)).json();
  const before = await keys();
  await org.restart();
  expect(await keys()).toEqual(before);
});

test('discovery names an endpoint to sign out at, if there is one', async () => {
  const discovery = async (): Promise<unknown> => (await fetch(`${base()}/.well-known/openid-configuration`)).json();
  expect(await discovery()).toMatchObject({
    end_session_endpoint: `${base()}/v1/logout`,
    acr_values_supported: expect.arrayContaining(['phr']),
  });
  await org.call('PUT', '/sim/oidc', { endSession: false });
  expect(await discovery()).not.toHaveProperty('end_session_endpoint');
});
