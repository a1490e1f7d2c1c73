import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

export interface PinCopyKeys {
  privateKey: JWK & { kid: string };
  publicKey: JWK;
}

/** A key pair that PIN copies are encrypted to. */
export async function makePinCopyKeys(kid: string, crv: 'P-256' | 'P-384' = 'P-256'): Promise<PinCopyKeys> {
  const pair = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true });
  return {
    privateKey: { ...(await exportJWK(pair.privateKey)), kid },
    publicKey: { ...(await exportJWK(pair.publicKey)), kid },
  };
}

export interface Signer {
  sign: (content: unknown, header?: { hasKid?: boolean }) => Promise<string>;
  /** As the provider publishes it. */
  publishedKey: JWK;
}

/** A key that the provider signs with. */
export async function makeSigner(kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  return {
    publishedKey: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES384' },
    sign: (content, { hasKid = true } = {}) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'ES384', ...(hasKid ? { kid } : {}) })
        .sign(privateKey),
  };
}

/** Encrypts anything as the provider encrypts a PIN copy, by default. */
export async function sealPinCopy(
  content: unknown,
  publicKey: JWK,
  header: { alg?: string; enc?: string; cty?: string; kid?: string | undefined } = {},
): Promise<string> {
  const full = {
    alg: 'ECDH-ES+A256KW',
    enc: 'A256GCM',
    ...(publicKey.kid === undefined ? {} : { kid: publicKey.kid }),
    ...header,
  };
  const { kid, ...algorithms } = full;
  return new CompactEncrypt(new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)))
    .setProtectedHeader({ ...algorithms, ...(kid === undefined ? {} : { kid }) })
    .encrypt(await importJWK(publicKey, full.alg));
}
