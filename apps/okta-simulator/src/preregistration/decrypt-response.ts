import { compactDecrypt, compactVerify, createLocalJWKSet, importJWK, type JWK, type JWTVerifyGetKey } from 'jose';
import { type z } from 'zod';

/** The provider's response was refused; the two parts have the names of Okta's error summaries. */
export class ResponseRefused extends Error {
  readonly code = 'response_refused';
  readonly level = 'warn';
  readonly part: 'pinResponseJwe' | 'webAuthnCredResponse';

  constructor(part: ResponseRefused['part'], reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.part = part;
  }
}

interface EncryptedResponse<Content extends z.ZodType> {
  part: ResponseRefused['part'];
  jwe: string;
  /** The expected `kid` of the header: the id of the request. */
  kid: string;
  privateKey: JWK;
  signers: readonly JWK[];
  content: Content;
}

/**
 * Decrypts a JWE with the response key, verifies the JWS inside with the provider's signing keys, and parses its content.
 * @throws ResponseRefused with the step that failed
 */
export async function decryptResponse<Content extends z.ZodType>(
  response: EncryptedResponse<Content>,
): Promise<z.infer<Content>> {
  const refuse = (reason: string) => (cause: unknown) => new ResponseRefused(response.part, reason, { cause });
  const key = await importJWK({ ...response.privateKey, alg: 'ECDH-ES+A256KW' });
  const decrypted = await compactDecrypt(response.jwe, key, {
    keyManagementAlgorithms: ['ECDH-ES+A256KW'],
    contentEncryptionAlgorithms: ['A256GCM'],
  }).catch((cause: unknown) => {
    throw refuse('The JWE cannot be decrypted with the key of this enrollment.')(cause);
  });
  if (decrypted.protectedHeader.kid !== response.kid)
    throw new ResponseRefused(response.part, 'The kid of the JWE is not the one of this enrollment.');
  const jws = new TextDecoder().decode(decrypted.plaintext);
  const signers: JWTVerifyGetKey = createLocalJWKSet({ keys: [...response.signers] });
  const verified = await compactVerify(jws, signers, { algorithms: ['ES384'] }).catch((cause: unknown) => {
    throw refuse('The signature was not made by any of yubicoSigningJwks.')(cause);
  });
  return parseContent(response, verified.payload);
}

function parseContent<Content extends z.ZodType>(
  response: EncryptedResponse<Content>,
  payload: Uint8Array,
): z.infer<Content> {
  const reason = 'The signed content does not have the expected format.';
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(payload));
  } catch (cause) {
    throw new ResponseRefused(response.part, reason, { cause });
  }
  const parsed = response.content.safeParse(json);
  if (!parsed.success) throw new ResponseRefused(response.part, reason, { cause: parsed.error });
  return parsed.data;
}
