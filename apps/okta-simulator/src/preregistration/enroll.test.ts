import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { api, enroll, enrollmentIdOf, listed } from '../testing/preregistration.ts';
import { createProvider, credentialRequestSchema, pinRequestSchema, type Provider } from '../testing/provider.ts';
import { createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let provider: Provider;

beforeAll(async () => {
  org = await startOrg();
  provider = await createProvider();
});

afterAll(() => org.close());

describe('enroll', () => {
  test('creates a pending factor and two requests that only the transport key decrypts', async () => {
    const userId = await createUser(org);
    const enrolled = await enroll(org, provider, userId);
    const pinRequest = await provider.read(enrolled.pinRequestJwe, pinRequestSchema);
    const [credRequest] = enrolled.credRequests;
    const request = await provider.read(credRequest?.credRequestJwe ?? '', credentialRequestSchema);

    expect(pinRequest.responseKey).toMatchObject({ kty: 'EC', crv: 'P-384', use: 'enc', kid: pinRequest.requestId });
    expect(pinRequest.responseKey).not.toHaveProperty('d');
    expect(request.keyId).toBe(credRequest?.keyId);
    expect(request.responseKey).toMatchObject({ kty: 'EC', crv: 'P-384', use: 'enc', kid: request.keyId });
    expect(request.publicKeyCredentialCreationOptions).toMatchObject({
      rp: { id: 'acme.okta.example' },
      user: { displayName: 'Ada Byron' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      attestation: 'direct',
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      excludeCredentials: [],
    });
    expect(await listed(org, userId)).toMatchObject([
      { status: 'FULFILLMENT_PENDING', fulfillmentProvider: 'yubico', profile: { presetPinAvailable: false } },
    ]);
  });

  test('refuses a transport key that is not a point of the curve', async () => {
    const reply = await org.call('POST', `${api}/enroll`, {
      userId: await createUser(org),
      fulfillmentProvider: 'yubico',
      enrollmentRpIds: ['acme.okta.example'],
      yubicoTransportKeyJWK: { ...provider.transportJwk, x: provider.transportJwk.y },
    });
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({
      errorCode: 'E0000001',
      errorSummary: 'Api validation failed: webAuthnPreregistrationCredentialRequest',
      errorCauses: { errorSummary: expect.any(String) },
    });
  });

  test('answers 404 for an unknown user', async () => {
    const reply = await org.call('POST', `${api}/enroll`, {
      userId: '00uUnknown',
      fulfillmentProvider: 'yubico',
      enrollmentRpIds: ['acme.okta.example'],
      yubicoTransportKeyJWK: provider.transportJwk,
    });
    expect(reply).toMatchObject({ status: 404, body: { errorCode: 'E0000007' } });
  });
});

test('a deleted enrollment is no longer listed', async () => {
  const userId = await createUser(org);
  const path = `${api}/users/${userId}/enrollments/${enrollmentIdOf(await enroll(org, provider, userId))}`;
  expect((await org.call('DELETE', path)).status).toBe(204);
  expect(await listed(org, userId)).toEqual([]);
  expect((await org.call('DELETE', path)).status).toBe(404);
});
