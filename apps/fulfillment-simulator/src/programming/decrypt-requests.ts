import { compactDecrypt } from 'jose';
import { z } from 'zod';

import type { ProviderKeys } from '../keys/provider-keys.ts';

/** The key that the response is encrypted to. Unknown members, such as a private part, are dropped. */
const responseKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  use: z.literal('enc'),
  kid: z.string().min(1),
  x: z.base64url(),
  y: z.base64url(),
});

const pinRequest = z
  .strictObject({ version: z.literal(1), requestId: z.uuid(), responseKey })
  .refine(({ requestId, responseKey: { kid } }) => requestId === kid, 'responseKey.kid must be requestId');

/** WebAuthn's creation options; members that an authenticator ignores may have any shape. */
const creationOptions = z.looseObject({
  rp: z.looseObject({ id: z.string().min(1) }),
  user: z.looseObject({ id: z.string().min(1) }),
  challenge: z.base64url().min(22),
  pubKeyCredParams: z
    .array(z.looseObject({ alg: z.number() }))
    .refine((all) => all.some(({ alg }) => alg === -7), 'must offer ES256 (-7)'),
});

const credentialRequest = z
  .strictObject({
    version: z.literal(1),
    keyId: z.string().min(1),
    responseKey,
    publicKeyCredentialCreationOptions: creationOptions,
  })
  .refine(({ keyId, responseKey: { kid } }) => keyId === kid, 'responseKey.kid must be keyId');

export type PinRequest = z.infer<typeof pinRequest>;
export type CredentialRequest = z.infer<typeof credentialRequest>;
export type ResponseKey = z.infer<typeof responseKey>;

/** `reason` never contains decrypted text. */
export type Decrypted<Content> = { outcome: 'decrypted'; content: Content } | { outcome: 'refused'; reason: string };

export const decryptPinRequest = (keys: ProviderKeys, jwe: string): Promise<Decrypted<PinRequest>> =>
  decrypt(keys, { jwe, typ: 'fpr-pin-request', schema: pinRequest });

export const decryptCredentialRequest = (keys: ProviderKeys, jwe: string): Promise<Decrypted<CredentialRequest>> =>
  decrypt(keys, { jwe, typ: 'fpr-credential-request', schema: credentialRequest });

async function decrypt<Content>(
  keys: ProviderKeys,
  request: { jwe: string; typ: string; schema: z.ZodType<Content> },
): Promise<Decrypted<Content>> {
  let plaintext: Uint8Array;
  try {
    const decrypted = await compactDecrypt(
      request.jwe,
      ({ kid }) => {
        const key = keys.transport.get(kid ?? '');
        if (key === undefined) throw new RangeError('no such transport key');
        return key;
      },
      { keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'] },
    );
    if (decrypted.protectedHeader.typ !== request.typ)
      return { outcome: 'refused', reason: `must have typ ${request.typ}` };
    plaintext = decrypted.plaintext;
  } catch {
    return { outcome: 'refused', reason: 'cannot be decrypted with a transport key of this provider' };
  }
  const parsed = request.schema.safeParse(parseJson(plaintext));
  if (parsed.success) return { outcome: 'decrypted', content: parsed.data };
  const fields = new Set(parsed.error.issues.map(({ path }) => z.core.toDotPath(path) || 'its content'));
  return { outcome: 'refused', reason: `was decrypted, but ${[...fields].join(', ')} cannot be used` };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
