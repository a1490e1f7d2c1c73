import { createHash, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';

import { z } from 'zod';

import type { ProviderKeys } from '../keys/provider-keys.ts';
import { attest, coseKey } from './attest.ts';
import { aaguid } from './authenticator.ts';
import type { CredentialRequest } from './decrypt-requests.ts';
import type { Deviation } from './modes.ts';

const flags = { userPresent: 0x01, userVerified: 0x04, attestedCredentialData: 0x40 };
const credentialIdLength = 48;

const publicPoint = z.object({ x: z.string(), y: z.string() });

/**
 * The result of `navigator.credentials.create()` with a real key, as WebAuthn's RegistrationResponseJSON. The private key
 * of the credential is not kept: a simulated key can never sign in.
 */
export function makeCredential(
  options: CredentialRequest['publicKeyCredentialCreationOptions'],
  attestation: ProviderKeys['attestation'],
  deviation: Deviation,
): Record<string, unknown> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(credentialIdLength);
  const authenticatorData = describeCredential(deviation.rpId ?? options.rp.id, id, publicKey);
  const clientDataJson = Buffer.from(
    JSON.stringify({
      type: 'webauthn.create',
      challenge: deviation.challenge ?? options.challenge,
      origin: `https://${options.rp.id}`,
      crossOrigin: false,
    }),
  );
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    authenticatorAttachment: 'cross-platform',
    response: {
      clientDataJSON: clientDataJson.toString('base64url'),
      attestationObject: attest(attestation, { authenticatorData, clientDataJson }).toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64url'),
      publicKeyAlgorithm: -7,
      transports: ['nfc', 'usb'],
    },
    clientExtensionResults: { credProps: { rk: true } },
  };
}

/** WebAuthn's authenticator data, with the new credential attached (WebAuthn, 6.1 and 6.5.1). */
function describeCredential(rpId: string, id: Buffer, publicKey: KeyObject): Buffer {
  const { x, y } = publicPoint.parse(publicKey.export({ format: 'jwk' }));
  return Buffer.concat([
    createHash('sha256').update(rpId).digest(),
    Buffer.from([flags.userPresent | flags.userVerified | flags.attestedCredentialData]),
    uint(1, 4),
    aaguid,
    uint(id.length, 2),
    id,
    coseKey(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')),
  ]);
}

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
