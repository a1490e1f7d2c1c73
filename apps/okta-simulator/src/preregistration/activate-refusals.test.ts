import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPair } from 'jose';

import { api, enroll, listed } from '../testing/preregistration.ts';
import { createProvider, firmware, serial, type Enrolled, type Provider } from '../testing/provider.ts';
import { createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let provider: Provider;

beforeAll(async () => {
  org = await startOrg();
  provider = await createProvider();
});

afterAll(() => org.close());

describe('activate verifies everything:', () => {
  type Part = 'pinResponseJwe' | 'webAuthnCredResponse';

  async function expectRefusal(enrolled: Enrolled, body: unknown, part: Part, why: RegExp): Promise<void> {
    const reply = await org.call('POST', `${api}/activate`, body);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({
      errorCode: 'E0000001',
      errorSummary: `Api validation failed: ${part}`,
      errorLink: 'E0000001',
      errorId: expect.stringMatching(/^oae/),
      errorCauses: { errorSummary: expect.stringMatching(why) },
    });
    expect(await listed(org, enrolled.userId)).toMatchObject([{ status: 'FULFILLMENT_PENDING' }]);
  }

  test('a response encrypted to the other response key is refused', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const body = await provider.program(enrolled, { swapKeys: true });
    await expectRefusal(enrolled, body, 'pinResponseJwe', /cannot be decrypted/);
  });

  test('the response of another enrollment is refused', async () => {
    const userId = await createUser(org);
    const other = await enroll(org, provider, await createUser(org));
    const enrolled = await enroll(org, provider, userId);
    const mine = await provider.program(enrolled);
    const theirs = await provider.program(other);
    const swapped = [{ ...mine.credResponses[0], credResponseJwe: theirs.credResponses[0]?.credResponseJwe }];
    await expectRefusal(enrolled, { ...mine, credResponses: swapped }, 'webAuthnCredResponse', /cannot be decrypted/);
  });

  test('a credential for another RP ID is refused', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const body = await provider.program(enrolled, { ceremony: { rpId: 'evil.okta.example' } });
    await expectRefusal(enrolled, body, 'webAuthnCredResponse', /origin/);
  });

  test('a response to a stale challenge is refused', async () => {
    await org.call('PUT', '/sim/enrollments/challenge', { lifetimeMs: 1 });
    const enrolled = await enroll(org, provider, await createUser(org));
    await org.call('PUT', '/sim/enrollments/challenge', { lifetimeMs: 60_000 });
    const body = await provider.program(enrolled);
    await expectRefusal(enrolled, body, 'webAuthnCredResponse', /challenge has expired/);
  });

  test('a response to another challenge is refused', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const body = await provider.program(enrolled, { ceremony: { challenge: 'c29tZXRoaW5nIGVsc2U' } });
    await expectRefusal(enrolled, body, 'webAuthnCredResponse', /challenge/);
  });

  test('a tampered JWE is refused', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const body = await provider.program(enrolled);
    const [header, key, iv, ciphertext = '', tag] = body.pinResponseJwe.split('.');
    const flipped = `${ciphertext.startsWith('A') ? 'B' : 'A'}${ciphertext.slice(1)}`;
    const tampered = { ...body, pinResponseJwe: [header, key, iv, flipped, tag].join('.') };
    await expectRefusal(enrolled, tampered, 'pinResponseJwe', /cannot be decrypted/);
  });

  test('a foreign signer is refused', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const foreign = await generateKeyPair('ES384');
    const body = await provider.program(enrolled, { signer: foreign.privateKey });
    await expectRefusal(enrolled, body, 'pinResponseJwe', /signature/);
  });

  test('a response for a key with another serial number is refused', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const body = await provider.program(enrolled, { serial: '1' });
    await expectRefusal(enrolled, body, 'pinResponseJwe', /serial/);
    expect(body).toMatchObject({ serial, version: firmware });
  });
});
