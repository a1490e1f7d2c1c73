import { compactDecrypt, compactVerify, createLocalJWKSet, importJWK, type JWK, type JWTVerifyGetKey } from 'jose';
import { type z } from 'zod';

/** Why a response of the provider was not believed; the two parts have the names of Okta's error summaries. */
export class ResponseRefused extends Error {
  readonly code = 'response_refused';
  readonly level = 'warn';
  readonly part: 'pinResponseJwe' | 'webAuthnCredResponse';

  constructor(part: ResponseRefused['part'], why: string, options?: { cause?: unknown }) {
    super(why, options);
    this.part = part;
  }
}

interface Opening<Content extends z.ZodType> {
  part: ResponseRefused['part'];
  jwe: string;
  /** What the header's `kid` must say: the id of the request that this answers. */
  kid: string;
  privateKey: JWK;
  signers: readonly JWK[];
  content: Content;
}

/**
 * Decrypts a JWE with the response key, checks the signature of the JWS inside by the provider's signing keys, and
 * parses what it says.
 * @throws ResponseRefused saying which of these failed
 */
export async function openResponse<Content extends z.ZodType>(opening: Opening<Content>): Promise<z.infer<Content>> {
  const refuse = (why: string) => (cause: unknown) => new ResponseRefused(opening.part, why, { cause });
  const key = await importJWK({ ...opening.privateKey, alg: 'ECDH-ES+A256KW' });
  const decrypted = await compactDecrypt(opening.jwe, key, {
    keyManagementAlgorithms: ['ECDH-ES+A256KW'],
    contentEncryptionAlgorithms: ['A256GCM'],
  }).catch((cause: unknown) => {
    throw refuse('The JWE cannot be decrypted with the key of this enrollment.')(cause);
  });
  if (decrypted.protectedHeader.kid !== opening.kid)
    throw new ResponseRefused(opening.part, 'The kid of the JWE is not the one of this enrollment.');
  const jws = new TextDecoder().decode(decrypted.plaintext);
  const signers: JWTVerifyGetKey = createLocalJWKSet({ keys: [...opening.signers] });
  const verified = await compactVerify(jws, signers, { algorithms: ['ES384'] }).catch((cause: unknown) => {
    throw refuse('The signature was not made by any of yubicoSigningJwks.')(cause);
  });
  return parseContent(opening, verified.payload);
}

function parseContent<Content extends z.ZodType>(opening: Opening<Content>, payload: Uint8Array): z.infer<Content> {
  const why = 'The signed content is not what was asked for.';
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(payload));
  } catch (cause) {
    throw new ResponseRefused(opening.part, why, { cause });
  }
  const parsed = opening.content.safeParse(json);
  if (!parsed.success) throw new ResponseRefused(opening.part, why, { cause: parsed.error });
  return parsed.data;
}
