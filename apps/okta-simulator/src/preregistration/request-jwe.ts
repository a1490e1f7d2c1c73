import { CompactEncrypt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

const algorithm = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' } as const;

export interface ResponseKey {
  privateJwk: JWK;
  publicJwk: JWK;
}

/** A key pair for one response of the provider; `kid` links the response to its request. */
export async function generateResponseKey(kid: string): Promise<ResponseKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm.alg, { crv: 'P-384', extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), use: 'enc', kid };
  return { privateJwk: await exportJWK(privateKey), publicJwk };
}

export interface TransportKey {
  kty: 'EC';
  crv: 'P-384';
  kid: string;
  x: string;
  y: string;
}

export type RequestKind = 'fpr-pin-request' | 'fpr-credential-request';

/**
 * A compact JWE to the provider's transport key. Its content is invented: neither Okta nor Yubico publishes it.
 * @throws JOSEError for a key that is not a point of P-384
 */
export async function requestJwe(transportKey: TransportKey, typ: RequestKind, content: unknown): Promise<string> {
  const { kid, kty, crv, x, y } = transportKey;
  const key = await importJWK({ kty, crv, x, y }, algorithm.alg);
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ ...algorithm, kid, typ })
    .encrypt(key);
}
