import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { json, serve, type Respond, type TestServer } from '../testing/http-server.ts';
import { ada, oktaError, oktaOn } from '../testing/okta-answers.ts';

let server: TestServer;
let okta: IdentityPort;
beforeAll(async () => {
  server = await serve();
  okta = oktaOn(server);
});
afterAll(() => server.close());

describe('readUser', () => {
  test('returns the attributes that a parcel needs, each from Okta, without empty ones', async () => {
    server.respond(json(200, { ...ada, status: 'ONBOARDING', somethingNew: { a: 1 } }));
    await expect(okta.readUser('acme', '00uAda')).resolves.toEqual({
      id: '00uAda',
      login: 'ada@acme.example',
      status: 'active',
      profile: {
        firstName: { value: 'Ada', source: 'okta' },
        email: { value: 'ada@acme.example', source: 'okta' },
      },
    });
    expect(server.seen).toMatchObject([
      { method: 'GET', path: '/api/v1/users/00uAda', headers: { authorization: 'SSWS ssws-token' } },
    ]);
  });

  test.each([
    ['STAGED', 'new'],
    ['PROVISIONED', 'new'],
    ['SUSPENDED', 'suspended'],
    ['DEPROVISIONED', 'deactivated'],
    ...['ACTIVE', 'RECOVERY', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'SOMETHING_NEW', 'constructor'].map((status) => [
      status,
      'active',
    ]),
  ])('maps the status %s to %s', async (status, mapped) => {
    server.respond(json(200, { ...ada, status }));
    await expect(okta.readUser('acme', '00uAda')).resolves.toMatchObject({ status: mapped });
  });

  test('reads fresh every time', async () => {
    server.respond(json(200, { ...ada, _links: { self: { href: `${server.url}/api/v1/users/00uAda` } } }));
    await okta.readUser('acme', '00uAda');
    await okta.readUser('acme', '00uAda');
    expect(server.seen).toHaveLength(2);
  });

  test.each(['ada@acme.example', 'ADA@acme.example', 'ádà@acme.example'])('finds the login %s', async (login) => {
    server.respond(json(200, ada));
    await expect(okta.readUser('acme', login)).resolves.toMatchObject({ id: '00uAda' });
    expect(server.seen).toMatchObject([{ path: `/api/v1/users/${encodeURIComponent(login)}` }]);
  });

  test('does not accept a part of a login, as Okta does', async () => {
    server.respond(json(200, ada));
    await expect(okta.readUser('acme', 'ada')).resolves.toBeNull();
  });

  test('is null for an unknown user', async () => {
    server.respond(json(404, oktaError));
    await expect(okta.readUser('acme', '00uUnknown')).resolves.toBeNull();
  });

  test('escapes the id in the URL', async () => {
    server.respond(json(404, oktaError));
    await okta.readUser('acme', 'a?b#c%2f&d@acme.example');
    expect(server.seen).toMatchObject([{ path: '/api/v1/users/a%3Fb%23c%252f%26d%40acme.example' }]);
  });

  const searching: Respond = (request, response) => {
    const found = [
      { ...ada, id: '00uOther', profile: { login: 'x"y\\/ada@acme.example.evil' } },
      { ...ada, profile: { login: 'X"y\\/ada@acme.example' } },
    ];
    json(
      200,
      request.path.startsWith('/api/v1/users?') ? found : { ...ada, profile: { login: 'X"y\\/ada@acme.example' } },
    )(request, response);
  };

  test('searches for a login with a slash, and reads the found user by id', async () => {
    server.respond(searching);
    await expect(okta.readUser('acme', 'x"y\\/ada@acme.example')).resolves.toMatchObject({ id: '00uAda' });
    const [search, read] = server.seen;
    expect(new URL(search?.path ?? '', server.url).searchParams.get('search')).toBe(
      'profile.login eq "x\\"y\\\\/ada@acme.example"',
    );
    expect(read?.path).toBe('/api/v1/users/00uAda');
  });

  test('is null for a login that is not valid text', async () => {
    server.respond(json(200, ada));
    await expect(okta.readUser('acme', 'ada\ud800@acme.example')).resolves.toBeNull();
    expect(server.seen).toHaveLength(0);
  });

  test.each(['me', '.', '..', ''])("never reads '%s', which would be another user or resource", async (login) => {
    server.respond((request, response) =>
      json(200, request.path.startsWith('/api/v1/users?') ? [] : ada)(request, response),
    );
    await expect(okta.readUser('acme', login)).resolves.toBeNull();
    expect(server.seen.every(({ path }) => path.startsWith('/api/v1/users?search='))).toBe(true);
  });
});
