import { compactDecrypt } from 'jose';
import { z } from 'zod';

import type { ProviderKeys } from '../keys/provider-keys.ts';

/** The key that an answer is encrypted to. Unknown members are dropped, a private part among them. */
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

/** WebAuthn's creation options; what an authenticator does not look at may have any shape. */
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

/** `why` never holds anything from inside the envelope. */
export type Opened<Content> = { outcome: 'opened'; content: Content } | { outcome: 'refused'; why: string };

export const openPinRequest = (keys: ProviderKeys, jwe: string): Promise<Opened<PinRequest>> =>
  open(keys, { jwe, typ: 'fpr-pin-request', schema: pinRequest });

export const openCredentialRequest = (keys: ProviderKeys, jwe: string): Promise<Opened<CredentialRequest>> =>
  open(keys, { jwe, typ: 'fpr-credential-request', schema: credentialRequest });

async function open<Content>(
  keys: ProviderKeys,
  envelope: { jwe: string; typ: string; schema: z.ZodType<Content> },
): Promise<Opened<Content>> {
  let plaintext: Uint8Array;
  try {
    const opened = await compactDecrypt(
      envelope.jwe,
      ({ kid }) => {
        const key = keys.transport.get(kid ?? '');
        if (key === undefined) throw new RangeError('no such transport key');
        return key;
      },
      { keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'] },
    );
    if (opened.protectedHeader.typ !== envelope.typ)
      return { outcome: 'refused', why: `must have typ ${envelope.typ}` };
    plaintext = opened.plaintext;
  } catch {
    return { outcome: 'refused', why: 'cannot be decrypted with a transport key of this provider' };
  }
  const parsed = envelope.schema.safeParse(parseJson(plaintext));
  if (parsed.success) return { outcome: 'opened', content: parsed.data };
  const fields = new Set(parsed.error.issues.map(({ path }) => z.core.toDotPath(path) || 'its content'));
  return { outcome: 'refused', why: `was decrypted, but ${[...fields].join(', ')} cannot be used` };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
