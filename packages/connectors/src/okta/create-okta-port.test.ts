import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type TestServer } from '../testing/http-server.ts';
import { enrolled, oktaError, oktaOn, transportKey } from '../testing/okta-answers.ts';

let server: TestServer;
let okta: IdentityPort;
beforeAll(async () => {
  server = await serve();
  okta = oktaOn(server);
});
afterAll(() => server.close());

const enroll = (): Promise<unknown> => okta.enroll('acme', { userId: '00uAda', transportKey });

describe('isMember', () => {
  test("follows the pages of the user's groups at the tenant's own org, whichever host a link names", async () => {
    server.respond((request, response) => {
      if (request.path.includes('after=')) json(200, [{ id: '00gLast', profile: { name: 'Last' } }])(request, response);
      else
        json(200, [{ id: '00gFirst', profile: { name: 'First' } }], {
          link: '<https://elsewhere.example/api/v1/users/00uAda/groups?after=00gFirst>; rel="next"',
        })(request, response);
    });
    await expect(okta.isMember('acme', '00gLast', '00uAda')).resolves.toBe(true);
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/api/v1/users/00uAda/groups',
      '/api/v1/users/00uAda/groups?after=00gFirst',
    ]);
    await expect(okta.isMember('acme', '00gNone', '00uAda')).resolves.toBe(false);
  });

  test('stays at the org even when the path of a link could be read as another host', async () => {
    server.respond((request, response) => {
      const link = '<https://elsewhere.example//evil.example/api?after=1>; rel="next"';
      json(200, [], request.path.includes('after=') ? {} : { link })(request, response);
    });
    await expect(okta.isMember('acme', '00gAny', '00uAda')).resolves.toBe(false);
    expect(server.seen.map(({ path }) => path)).toEqual(['/api/v1/users/00uAda/groups', '//evil.example/api?after=1']);
  });

  test('is false for an unknown user', async () => {
    server.respond(json(404, oktaError));
    await expect(okta.isMember('acme', '00gAny', '00uUnknown')).resolves.toBe(false);
    await expect(okta.isMember('acme', '00gAny', '..')).resolves.toBe(false);
  });
});

test('a group has its current name, and an unknown one is null', async () => {
  server.respond(json(200, { id: '00g1', profile: { name: 'YubiKey 5 NFC', description: null }, type: 'OKTA_GROUP' }));
  await expect(okta.readGroup('acme', '00g1')).resolves.toEqual({ id: '00g1', name: 'YubiKey 5 NFC' });
  server.respond(json(404, oktaError));
  await expect(okta.readGroup('acme', '00gNone')).resolves.toBeNull();
  await expect(okta.readGroup('acme', '..')).resolves.toBeNull();
});

test('enrollments have a status, also where it is in no specification', async () => {
  server.respond(
    json(200, [
      { id: 'fwf1', status: 'FULFILLMENT_PENDING', created: '2026-01-02T03:04:05.000Z', profile: {} },
      { id: 'fwf2', status: null, created: null },
      { id: 'fwf3', status: 'ACTIVE', created: 'yesterday' },
      { id: 'fwf4', status: 'FULFILLMENT_ERRORED' },
      { id: 'fwf5', status: 'constructor' },
    ]),
  );
  await expect(okta.listEnrollments('acme', '00uAda')).resolves.toEqual([
    { id: 'fwf1', status: 'pending', createdAt: new Date('2026-01-02T03:04:05.000Z') },
    { id: 'fwf2', status: 'other', createdAt: null },
    { id: 'fwf3', status: 'active', createdAt: null },
    { id: 'fwf4', status: 'failed', createdAt: null },
    { id: 'fwf5', status: 'other', createdAt: null },
  ]);
});

describe('enroll', () => {
  test('sends one RP ID and one transport key, and returns the one credential request', async () => {
    server.respond(json(200, enrolled));
    await expect(enroll()).resolves.toEqual({
      enrollmentId: 'fwf1',
      keyId: 'key-1',
      pinRequestJwe: 'pin.jwe',
      credRequestJwe: 'cred.jwe',
    });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      userId: '00uAda',
      fulfillmentProvider: 'yubico',
      enrollmentRpIds: ['acme.okta.example'],
      yubicoTransportKeyJWK: transportKey,
    });
  });

  test("uses the host of the org's issuer as RP ID, and reads it once", async () => {
    server.respond((request, response) =>
      json(200, request.path.startsWith('/.well-known') ? { issuer: 'https://login.acme.example:8443' } : enrolled)(
        request,
        response,
      ),
    );
    const port = oktaOn(server, { rpId: undefined });
    await port.enroll('acme', { userId: '00uAda', transportKey });
    await port.enroll('acme', { userId: '00uAda', transportKey });
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
    expect(JSON.parse(server.seen[1]?.body ?? '')).toMatchObject({ enrollmentRpIds: ['login.acme.example'] });
  });

  test.each([{ credRequests: [] }, { credRequests: [...enrolled.credRequests, ...enrolled.credRequests] }])(
    'is outcome_unknown when the answer does not name one credential: %j',
    async (part) => {
      server.respond(json(200, { ...enrolled, ...part }));
      expect(await faultOf(enroll())).toMatchObject({ fault: 'outcome_unknown' });
    },
  );
});

test('activate sends the signing keys unchanged', async () => {
  server.respond(json(200, { userId: '00uAda', authenticatorEnrollmentIds: ['fwf1'] }));
  const signingKey = { kty: 'EC', crv: 'P-384', use: 'sig', alg: 'ES384', kid: 's1', x: 'x', y: 'y', x5c: ['MII'] };
  const request = {
    userId: '00uAda',
    enrollmentId: 'fwf1',
    serial: '3632071',
    version: '5.7.4',
    pinResponseJwe: 'p',
    credResponseJwe: 'c',
  };
  await expect(okta.activate('acme', { ...request, signingKeys: [signingKey] })).resolves.toEqual({
    enrollmentIds: ['fwf1'],
  });
  expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/webauthn-registration/api/v1/activate' });
  expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
    userId: '00uAda',
    fulfillmentProvider: 'yubico',
    serial: '3632071',
    version: '5.7.4',
    pinResponseJwe: 'p',
    credResponses: [{ authenticatorEnrollmentId: 'fwf1', credResponseJwe: 'c' }],
    yubicoSigningJwks: [signingKey],
  });
});

test('calls without a response body use their paths', async () => {
  server.respond(json(204, null));
  await okta.sendPin('acme', '00uAda', 'fwf1');
  await okta.markEnrollmentError('acme', '00uAda', 'fwf 1/2');
  await okta.deleteEnrollment('acme', '00uAda', 'fwf1');
  expect(server.seen).toMatchObject([
    { method: 'POST', path: '/webauthn-registration/api/v1/send-pin' },
    {
      method: 'POST',
      path: '/webauthn-registration/api/v1/users/00uAda/enrollments/fwf%201%2F2/mark-error',
      body: '',
    },
    { method: 'DELETE', path: '/webauthn-registration/api/v1/users/00uAda/enrollments/fwf1', body: '' },
  ]);
  const ids = { userId: '00uAda', authenticatorEnrollmentId: 'fwf1' };
  expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({ ...ids, fulfillmentProvider: 'yubico' });
});

test('an id that would address another resource is not found', async () => {
  server.respond(json(204, null));
  expect(await faultOf(okta.deleteEnrollment('acme', '00uAda', '..'))).toMatchObject({ fault: 'not_found' });
  expect(server.seen).toHaveLength(0);
});

test("the SDK's own settings are not used: neither its variables nor a cached token", async () => {
  process.env['OKTA_CLIENT_ORGURL'] = 'https://elsewhere.example';
  process.env['OKTA_CLIENT_TOKEN'] = 'another-token';
  try {
    let token = 'first';
    server.respond(json(404, oktaError));
    const port = oktaOn(server, { auth: { token: () => token } });
    await port.readGroup('acme', '00g1');
    token = 'second';
    await port.readGroup('acme', '00g1');
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['SSWS first', 'SSWS second']);
  } finally {
    delete process.env['OKTA_CLIENT_ORGURL'];
    delete process.env['OKTA_CLIENT_TOKEN'];
  }
});
