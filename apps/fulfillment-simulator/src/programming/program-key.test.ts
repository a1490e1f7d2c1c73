import { createECDH } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { convertCOSEtoPKCS } from '@simplewebauthn/server/helpers';
import { exportJWK, generateKeyPair, type CryptoKey } from 'jose';

import { dump, holdsPrivateKeyOf } from '../testing/dump.ts';
import { decryptResponse } from '../testing/okta-org.ts';
import { place, read, readKey } from '../testing/orders.ts';
import { acmeToken, globexToken, runSimulator, type RunningSimulator } from '../testing/running-simulator.ts';
import { decryptCredential, decryptPin, verifyCredential } from '../testing/verify-key.ts';

let simulator: RunningSimulator;
let pinCopyKey: CryptoKey;
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-384' });
  const { x = '', y = '' } = await exportJWK(publicKey);
  pinCopyKey = privateKey;
  simulator = await runSimulator({
    config: {
      organizations: [
        { name: 'acme', token: acmeToken, pinCopyKey: { kty: 'EC', crv: 'P-384', kid: 'acme-pins', x, y } },
        { name: 'globex', token: globexToken },
      ],
    },
  });
});
afterEach(async () => {
  await simulator.call('PUT', '/sim/programming', { body: { mode: 'honest' } });
});
afterAll(() => simulator.stop());

test('a key is programmed when it ships, and an Okta org accepts its credential', async () => {
  const { id, enrollment } = await place(simulator);
  simulator.passHours(23.9);
  expect((await read(simulator, id)).shipment_items[0].product_data).toEqual([]);
  simulator.passHours(0.1);
  const key = await readKey(simulator, id);
  expect(key).toMatchObject({ serial_number: expect.stringMatching(/^[1-9]\d{7}$/), firmware_version: '5.7.4' });

  const answer = await decryptCredential(simulator, id, enrollment);
  expect(answer).toMatchObject({
    kid: enrollment.keyId,
    keyId: enrollment.keyId,
    serial: key.serial_number,
    firmware: '5.7.4',
  });
  const verified = await verifyCredential(simulator, answer.credential, enrollment);
  expect(verified).toMatchObject({
    verified: true,
    registrationInfo: { fmt: 'packed', aaguid: '5a1b0f7e-5eed-4c0d-b175-0057f1d02574', userVerified: true },
  });
});

test('a key has a PIN of six digits that only its own enrollment can decrypt', async () => {
  const [first, second] = [await place(simulator), await place(simulator)];
  simulator.passHours(24);
  const pin = await decryptPin(simulator, first.id, first.enrollment);
  expect(pin).toMatchObject({ kid: first.enrollment.requestId, requestId: first.enrollment.requestId });
  expect(pin.pin).toMatch(/^[1-9]\d{5}$/);
  expect(pin.serial).toBe((await readKey(simulator, first.id)).serial_number);
  await expect(decryptPin(simulator, first.id, second.enrollment)).rejects.toThrow('decryption');
  expect((await decryptPin(simulator, second.id, second.enrollment)).serial).not.toBe(pin.serial);
});

test('a signed copy of the PIN is made only for an organization that registered a key for it', async () => {
  const { id, enrollment } = await place(simulator);
  const other = await place(simulator, { token: globexToken });
  simulator.passHours(24);
  const { serial_number: serial, fido_pin_copy: copy } = await readKey(simulator, id);
  const opened = await decryptResponse(simulator.url(), copy ?? '', pinCopyKey);
  const { pin } = await decryptPin(simulator, id, enrollment);
  expect(opened).toEqual({ kid: 'acme-pins', content: { version: 1, shipmentId: id, serial, pin } });
  const { body } = await simulator.call('GET', `/v1/fpr/shipments/${other.id}`, { token: globexToken });
  expect(JSON.stringify(body)).toContain('fido_pin_response');
  expect(JSON.stringify(body)).not.toContain('fido_pin_copy');
});

test('once a key is programmed, its PIN, challenge, private key and requests are in no table and in no log', async () => {
  const { id, enrollment } = await place(simulator);
  const requests = [enrollment.pinRequestJwe, enrollment.credRequestJwe];
  const before = await dump(simulator.databaseUrl);
  for (const request of requests) expect(before).toContain(request);

  simulator.passHours(24);
  const { credential } = await decryptCredential(simulator, id, enrollment);
  const { pin } = await decryptPin(simulator, id, enrollment);
  const { registrationInfo } = await verifyCredential(simulator, credential, enrollment);
  const point = Buffer.from(convertCOSEtoPKCS(registrationInfo?.credential.publicKey ?? new Uint8Array()));
  const after = await dump(simulator.databaseUrl);
  expect(after).toContain(id);
  const challenge = Buffer.from(enrollment.challenge, 'base64url');
  const challengeTexts = (['base64url', 'base64', 'hex'] as const).map((encoding) => challenge.toString(encoding));
  for (const secret of [`"${pin}"`, ...challengeTexts, ...requests]) {
    expect(after).not.toContain(secret);
    expect(simulator.logged()).not.toContain(secret);
  }
  expect(after.match(/\b\d{6}\b/g) ?? []).not.toContain(pin);
  expect(holdsPrivateKeyOf(after, point)).toBe(false);
});

test('the search for private keys finds one that is there', () => {
  const curve = createECDH('prime256v1');
  curve.generateKeys();
  for (const encoding of ['base64url', 'base64', 'hex'] as const)
    expect(holdsPrivateKeyOf(`{"d":"${curve.getPrivateKey().toString(encoding)}"}`, curve.getPublicKey())).toBe(true);
});

describe('programming in the mode', () => {
  const program = async (mode: string) => {
    await simulator.call('PUT', '/sim/programming', { body: { mode } });
    const { id, enrollment } = await place(simulator);
    simulator.passHours(24);
    return { id, enrollment, answer: () => decryptCredential(simulator, id, enrollment) };
  };

  test('swapped-key signs another key id inside a JWE with the correct one', async () => {
    const { enrollment, answer } = await program('swapped-key');
    expect((await answer()).kid).toBe(enrollment.keyId);
    expect((await answer()).keyId).not.toBe(enrollment.keyId);
  });

  test('wrong-rp-id creates a credential for another relying party', async () => {
    const { enrollment, answer } = await program('wrong-rp-id');
    await expect(verifyCredential(simulator, (await answer()).credential, enrollment)).rejects.toThrow('RP ID');
  });

  test('stale-challenge signs another challenge', async () => {
    const { enrollment, answer } = await program('stale-challenge');
    await expect(verifyCredential(simulator, (await answer()).credential, enrollment)).rejects.toThrow('challenge');
  });

  test('tampered creates a credential JWE that cannot be decrypted, and a PIN that can', async () => {
    const { id, enrollment, answer } = await program('tampered');
    await expect(answer()).rejects.toMatchObject({ code: 'ERR_JWE_DECRYPTION_FAILED' });
    expect((await decryptPin(simulator, id, enrollment)).pin).toMatch(/^\d{6}$/);
  });

  test('foreign-signer signs with an unpublished key under a published key id', async () => {
    const { answer } = await program('foreign-signer');
    await expect(answer()).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });

  test('missing-kid and unknown-kid omit or falsify the key id, and are correct otherwise', async () => {
    const missing = await program('missing-kid');
    expect((await missing.answer()).kid).toBeUndefined();
    const unknown = await program('unknown-kid');
    expect((await unknown.answer()).kid).not.toBe(unknown.enrollment.keyId);
    for (const { answer, enrollment } of [missing, unknown])
      expect(await verifyCredential(simulator, (await answer()).credential, enrollment)).toMatchObject({
        verified: true,
      });
  });

  test('unsigned-pin-copy, forged-pin-copy and pin-copy-of-another-… make a wrong copy beside a correct credential', async () => {
    for (const mode of [
      'unsigned-pin-copy',
      'forged-pin-copy',
      'pin-copy-of-another-order',
      'pin-copy-of-another-key',
    ]) {
      const { id, enrollment, answer } = await program(mode);
      expect(await verifyCredential(simulator, (await answer()).credential, enrollment)).toMatchObject({
        verified: true,
      });
      const { serial_number: serial, fido_pin_copy: copy } = await readKey(simulator, id);
      const { pin } = await decryptPin(simulator, id, enrollment);
      const honest = { version: 1, shipmentId: id, serial, pin };
      const signed = await decryptResponse(simulator.url(), copy ?? '', pinCopyKey).catch(() => null);
      expect([mode, signed?.content ?? null]).not.toEqual([mode, honest]);
    }
  });

  test('honest programs correct keys again', async () => {
    await program('tampered');
    const { enrollment, answer } = await program('honest');
    expect(await verifyCredential(simulator, (await answer()).credential, enrollment)).toMatchObject({
      verified: true,
    });
  });

  test('with an unknown name is refused', async () => {
    expect(await simulator.call('PUT', '/sim/programming', { body: { mode: 'unknown' } })).toMatchObject({
      status: 400,
    });
    expect(await simulator.call('GET', '/sim/programming')).toEqual({ status: 200, body: { mode: 'honest' } });
  });
});
