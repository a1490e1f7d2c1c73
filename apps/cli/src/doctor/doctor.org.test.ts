import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { makeAppKey, registerApp } from '@keycourier/connectors/testing/service-app';
import { z } from 'zod';

import { checksThatAre } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import type { Ran } from '../testing/run.ts';

const under = doctorForEachTest({ hasHook: true });
const { doctor, changeTenant } = under;

describe('the doctor of groups', () => {
  let groupId: string;
  beforeAll(async () => {
    const { body } = await under.world.org.call('POST', '/api/v1/groups', { profile: { name: 'Security Keys' } });
    groupId = z.looseObject({ id: z.string() }).parse(body).id;
  });

  const withGroups = async (...groups: object[]): Promise<Ran> => {
    await changeTenant(() =>
      Object.assign(under.setup.tenant, { groups: groups.map((one) => ({ ...one, productId: 29 })) }),
    );
    return doctor();
  };

  test('is green for a group of the org', async () => {
    expect(checksThatAre('green', await withGroups({ name: 'Security Keys' }))).toMatchObject({
      'okta.groups': '1 are in the org, each once',
    });
  });

  test('finds one group that is written twice, by its id and by its name', async () => {
    expect(checksThatAre('red', await withGroups({ id: groupId }, { name: 'Security Keys' }))).toEqual({
      'okta.groups': expect.stringMatching(/^groups\[1\] is the same group as groups\[0\]/),
    });
  });

  test('finds a name that the org writes otherwise, and an id that it does not have', async () => {
    expect(checksThatAre('yellow', await withGroups({ name: 'security keys' }))).toEqual({
      'okta.groups': 'groups[0]: the org has no group "security keys"; it has "Security Keys"',
    });
    expect(checksThatAre('yellow', await withGroups({ id: '00gnone' }))).toEqual({
      'okta.groups': 'groups[0]: the org has no group "00gnone"',
    });
  });
});

describe('the doctor of a service app', () => {
  async function useApp(scopes: readonly string[]): Promise<void> {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(under.world.org, { keys: [key], scopes });
    await writeFile(under.setup.at('keys/app-key'), key.jwk, { mode: 0o600 });
    await changeTenant(() => {
      under.setup.tenant.okta.auth = { clientId, privateKey: { file: under.setup.at('keys/app-key') } };
    });
  }

  const needed = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];

  test('is green with the worker’s scopes and permission to read hooks and the log', async () => {
    await useApp([...needed, 'okta.eventHooks.read', 'okta.logs.read']);
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({});
  });

  test('that may not read hooks or the log is yellow', async () => {
    await useApp(needed);
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({
      'okta.hook': expect.stringMatching(/may not read event hooks/),
      'okta.log': expect.stringMatching(/may not read the System Log \(okta\.logs\.read\)/),
    });
  });

  test.each(needed)('is red with the missing scope %s', async (scope) => {
    await useApp([...needed.filter((one) => one !== scope), 'okta.eventHooks.read']);
    expect(checksThatAre('red', await doctor())).toEqual({ 'okta.permissions': expect.stringContaining(scope) });
  });

  test('whose key is not registered is red', async () => {
    await useApp(needed);
    await writeFile(under.setup.at('keys/app-key'), (await makeAppKey('ES256', 'k1')).jwk);
    expect(checksThatAre('red', await doctor())).toEqual({
      'okta.credentials': expect.stringMatching(/invalid_client/),
    });
  });

  test('takes its key from a variable, with line breaks of two characters and in quotes', async () => {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(under.world.org, { keys: [key], scopes: [...needed, 'okta.eventHooks.read'] });
    await changeTenant(() => {
      under.setup.tenant.okta.auth = { clientId, privateKey: { env: 'APP_KEY' }, keyId: 'k1' };
    });
    const ran = await doctor({ APP_KEY: `"${key.pem.replaceAll('\n', '\\n')}"` });
    expect(checksThatAre('red', ran)).toEqual({});
    const broken = await doctor({ APP_KEY: '-----BEGIN PRIVATE KEY-----' });
    expect(checksThatAre('red', broken)).toEqual({
      secrets: expect.stringMatching(/APP_KEY.*line breaks are missing/),
    });
  });
});

describe('the doctor of the console’s sign-in', () => {
  const clientSecret = 'a-client-secret-of-at-least-32-characters';
  const clientId = 'console';
  const registered = 'https://keys.acme.example';

  beforeAll(async () => {
    const redirectUris = [`${registered}/sign-in/okta/callback`];
    await under.world.org.call('POST', '/sim/oidc/clients', { clientId, clientSecret, redirectUris });
  });

  interface Setting {
    issuer?: string;
    url?: string;
    secret?: string;
    clientId?: string;
  }

  async function signIn(setting: Setting = {}, environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const { issuer = `${under.world.org.url}/oauth2/default`, url = registered, secret = clientSecret } = setting;
    await writeFile(under.setup.at('keys/client-secret'), secret, { mode: 0o600 });
    under.setup.console = {
      url,
      signIn: {
        issuer,
        clientId: setting.clientId ?? clientId,
        clientSecret: { file: under.setup.at('keys/client-secret') },
        groups: [{ name: 'keycourier admins', role: 'admin' }],
      },
    };
    await under.setup.writeConfig();
    return doctor(environment);
  }

  test('is green where operators have accounts', async () => {
    expect(checksThatAre('green', await doctor())).toMatchObject({
      'console.sign-in': expect.stringMatching(/no console\.signIn/),
    });
  });

  test('is green where Okta has the app, its redirect URI and its secret', async () => {
    const ran = await signIn();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('green', ran)).toMatchObject({
      'console.sign-in': `Okta sends operators back to ${registered}/sign-in/okta/callback, with the scope groups`,
      'console.client-secret': 'Okta accepts the secret of the app console',
    });
  });

  test.each<[string, () => Setting, Record<string, RegExp>]>([
    [
      'a redirect URI',
      () => ({ url: 'https://other.acme.example' }),
      { 'console.sign-in': /does not have the redirect URI https:\/\/other/ },
    ],
    [
      'an app',
      () => ({ clientId: 'unknown' }),
      { 'console.sign-in': /the app unknown/, 'console.client-secret': /does not accept/ },
    ],
    [
      'a secret',
      () => ({ secret: 'another' }),
      { 'console.client-secret': /does not accept the secret of the app console/ },
    ],
    [
      'an issuer',
      () => ({ issuer: `${under.world.org.url}/oauth2/missing` }),
      { 'console.sign-in': /answers 4\d\d, and is no discovery document/ },
    ],
    ['an address', () => ({ issuer: 'http://127.0.0.1:1' }), { 'console.sign-in': /cannot be reached/ }],
  ])('finds %s that Okta does not have', async (_what, setting, found) => {
    const expected = Object.fromEntries(
      Object.entries(found).map(([name, text]) => [name, expect.stringMatching(text)]),
    );
    expect(checksThatAre('red', await signIn(setting()))).toEqual(expected);
  });

  test('finds another issuer, and a scope that it does not accept', async () => {
    const answers = { issuer: 'http://127.0.0.1:2/other', error: 'invalid_scope' };
    const server = createServer((request, response) => {
      const base = `http://${request.headers.host ?? ''}`;
      const { pathname, searchParams } = new URL(request.url ?? '', base);
      if (pathname === '/authorize') {
        const to = `${searchParams.get('redirect_uri') ?? ''}?${new URLSearchParams({ error: answers.error }).toString()}`;
        response.writeHead(302, { location: to }).end();
        return;
      }
      const endpoints = { authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token` };
      response.end(JSON.stringify({ issuer: answers.issuer, ...endpoints }));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    try {
      const signInOf = async () => checksThatAre('red', await signIn({ issuer }))['console.sign-in'];
      expect(await signInOf()).toBe(`the issuer there is http://127.0.0.1:2/other, not ${issuer}`);
      answers.issuer = issuer;
      expect(await signInOf()).toBe(`the scope groups is not accepted by ${issuer}`);
      answers.error = 'access_denied';
      expect(await signInOf()).toBe('Okta refuses every sign-in: access_denied');
    } finally {
      server.close();
    }
  });

  test('finds a secret that others can read, in a process that is not local', async () => {
    await signIn();
    await chmod(under.setup.at('keys/client-secret'), 0o644);
    expect(checksThatAre('red', await doctor())).toMatchObject({
      'console.client-secret': expect.stringMatching(/client-secret/),
    });
  });

  test('needs no operators’ file, and in production accepts break-glass accounts alone', async () => {
    const ordinary = [{ user: 'ada', passwordHash: `scrypt$32768$8$3$${'a'.repeat(22)}$${'b'.repeat(43)}` }];
    await writeFile(under.setup.at('keys/operators.json'), JSON.stringify(ordinary));
    await signIn();
    expect(checksThatAre('red', await doctor())).toMatchObject({
      'file.operators': expect.stringMatching(/no break-glass accounts \(ada\)/),
    });
    await rm(under.setup.at('keys/operators.json'));
    expect(checksThatAre('skipped', await doctor())).toEqual({
      'file.operators': 'not needed: operators sign in with Okta (console.signIn)',
    });
  });
});
