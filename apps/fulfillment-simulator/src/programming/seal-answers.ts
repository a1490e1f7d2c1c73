import { CompactEncrypt, CompactSign, importJWK, type JWK } from 'jose';

import type { PinCopyKey } from '../config.ts';
import type { SigningKey } from '../keys/provider-keys.ts';

const encode = (value: string): Uint8Array => new TextEncoder().encode(value);

const jweAlgorithms = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' };

/** Signs, then encrypts: whoever can open the envelope can also see that the provider wrote what is in it. */
export async function sealAnswer(answer: {
  content: unknown;
  signer: SigningKey;
  to: JWK;
  kid: string | null;
}): Promise<string> {
  const signed = await new CompactSign(encode(JSON.stringify(answer.content)))
    .setProtectedHeader({ alg: 'ES384', kid: answer.signer.kid })
    .sign(answer.signer.privateKey);
  return new CompactEncrypt(encode(signed))
    .setProtectedHeader({ ...jweAlgorithms, cty: 'JWT', ...(answer.kid === null ? {} : { kid: answer.kid }) })
    .encrypt(await importJWK(answer.to, jweAlgorithms.alg));
}

/** The PIN for an organization that gave its own key out of band; not signed (nothing is known of a real one). */
export async function sealCopy(content: unknown, { kid, kty, crv, x, y }: PinCopyKey): Promise<string> {
  return new CompactEncrypt(encode(JSON.stringify(content)))
    .setProtectedHeader({ ...jweAlgorithms, kid })
    .encrypt(await importJWK({ kty, crv, x, y }, jweAlgorithms.alg));
}

/** The same compact JWE with one bit of its ciphertext turned. */
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
