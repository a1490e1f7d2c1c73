import { CompactEncrypt, CompactSign, importJWK, type JWK } from 'jose';

import type { PinCopyKey } from '../config.ts';
import type { SigningKey } from '../keys/provider-keys.ts';

const encode = (value: string): Uint8Array => new TextEncoder().encode(value);

const jweAlgorithms = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' };

/** Signs, then encrypts, so that the recipient can verify that the content comes from the provider. */
export async function encryptResponse(response: {
  content: unknown;
  signer: SigningKey;
  to: JWK;
  kid: string | null;
}): Promise<string> {
  const signed = await sign(response.content, response.signer);
  return new CompactEncrypt(encode(signed))
    .setProtectedHeader({ ...jweAlgorithms, cty: 'JWT', ...(response.kid === null ? {} : { kid: response.kid }) })
    .encrypt(await importJWK(response.to, jweAlgorithms.alg));
}

const sign = (content: unknown, { kid, privateKey }: SigningKey): Promise<string> =>
  new CompactSign(encode(JSON.stringify(content))).setProtectedHeader({ alg: 'ES384', kid }).sign(privateKey);

/** The PIN for an organization that registered its own key out of band, signed like a response. The format is invented. */
export async function encryptPinCopy(
  content: unknown,
  { kid, kty, crv, x, y }: PinCopyKey,
  signer: SigningKey | null,
): Promise<string> {
  const plaintext = signer === null ? JSON.stringify(content) : await sign(content, signer);
  return new CompactEncrypt(encode(plaintext))
    .setProtectedHeader({ ...jweAlgorithms, ...(signer === null ? {} : { cty: 'JWT' }), kid })
    .encrypt(await importJWK({ kty, crv, x, y }, jweAlgorithms.alg));
}

/** The same compact JWE with one bit of its ciphertext flipped. */
export function tamper(jwe: string): string {
  const ciphertextAt = 3;
  return jwe
    .split('.')
    .map((part, index) => {
      if (index !== ciphertextAt) return part;
      const bytes = Buffer.from(part, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      return bytes.toString('base64url');
    })
    .join('.');
}
