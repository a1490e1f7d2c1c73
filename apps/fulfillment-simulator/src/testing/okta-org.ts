import { randomBytes, randomUUID } from 'node:crypto';

import {
  compactDecrypt,
  CompactEncrypt,
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import { z } from 'zod';

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1) });

export const rpId = 'acme.okta.example';

/** What an Okta org creates at `enroll` and keeps until `activate`. */
export interface Enrollment {
  requestId: string;
  keyId: string;
  challenge: string;
  pinRequestJwe: string;
  credRequestJwe: string;
  pinResponseKey: CryptoKey;
  credResponseKey: CryptoKey;
}

/** Enrolls a key as Okta does, with the transport keys at `keysUrl`. */
export async function enroll(keysUrl: string): Promise<Enrollment> {
  const response = await fetch(`${keysUrl}/.well-known/yubico-transport-keys.jwks`);
  const [transportKey] = jwks.parse(await response.json()).keys;
  if (transportKey === undefined) throw new RangeError('the provider has no transport key');
  const [requestId, keyId] = [randomUUID(), randomUUID()];
  const [pin, credential] = [await makeResponseKey(requestId), await makeResponseKey(keyId)];
  const challenge = randomBytes(32).toString('base64url');
  const options = {
    rp: { id: rpId, name: 'Acme' },
    user: { id: 'MDB1MQ', name: 'ada@acme.example', displayName: 'Ada' },
    challenge,
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    timeout: 60_000,
    attestation: 'direct',
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    excludeCredentials: [],
  };
  return {
    requestId,
    keyId,
    challenge,
    pinRequestJwe: await sealRequest(transportKey, 'fpr-pin-request', {
      version: 1,
      requestId,
      responseKey: pin.publicJwk,
    }),
    credRequestJwe: await sealRequest(transportKey, 'fpr-credential-request', {
      version: 1,
      keyId,
      responseKey: credential.publicJwk,
      publicKeyCredentialCreationOptions: options,
    }),
    pinResponseKey: pin.privateKey,
    credResponseKey: credential.privateKey,
  };
}

async function makeResponseKey(kid: string): Promise<{ publicJwk: JWK; privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-384' });
  return { publicJwk: { ...(await exportJWK(publicKey)), use: 'enc', kid }, privateKey };
}

export async function sealRequest(transportKey: JWK & { kid: string }, typ: string, content: unknown): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: transportKey.kid, typ })
    .encrypt(await importJWK(transportKey, 'ECDH-ES+A256KW'));
}

export interface DecryptedResponse {
  /** The `kid` in the header of the JWE. */
  kid: string | undefined;
  content: unknown;
}

/**
 * Decrypts a response as Okta does and verifies its signature with the provider's published keys.
 * @throws JOSEError when either fails
 */
export async function decryptResponse(keysUrl: string, jwe: string, key: CryptoKey): Promise<DecryptedResponse> {
  const response = await fetch(`${keysUrl}/.well-known/yubico-sign.jwks`);
  const signingKeys = createLocalJWKSet(jwks.parse(await response.json()));
  const { plaintext } = await compactDecrypt(jwe, key);
  const { payload } = await compactVerify(plaintext, signingKeys, { algorithms: ['ES384'] });
  const content: unknown = JSON.parse(new TextDecoder().decode(payload));
  return { kid: decodeProtectedHeader(jwe).kid, content };
}
