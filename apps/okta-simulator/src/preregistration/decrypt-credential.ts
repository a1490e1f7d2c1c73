import type { JWK } from 'jose';
import { z } from 'zod';

import { decryptResponse, ResponseRefused } from './decrypt-response.ts';
import type { Enrollment, ResponseKeys } from './enrollment.ts';

const part = 'webAuthnCredResponse';

const credentialSchema = z.looseObject({
  version: z.literal(1),
  keyId: z.string(),
  serial: z.coerce.string(),
  firmware: z.string(),
  credential: z.looseObject({
    id: z.string(),
    rawId: z.string(),
    type: z.literal('public-key'),
    response: z.looseObject({ clientDataJSON: z.string(), attestationObject: z.string() }),
  }),
});

/** A credential that passed the WebAuthn registration ceremony. */
export interface VerifiedCredential {
  credentialId: string;
  publicKey: string;
  aaguid: string;
}

/** @throws ResponseRefused `webAuthnCredResponse` with the check that failed */
export async function decryptCredential(
  enrollment: Enrollment,
  keys: ResponseKeys,
  response: { credResponseJwe: string; serial: string; version: string; signers: readonly JWK[]; now: Date },
): Promise<VerifiedCredential> {
  const content = await decryptResponse({
    part,
    jwe: response.credResponseJwe,
    kid: enrollment.key_id,
    privateKey: keys.credential,
    signers: response.signers,
    content: credentialSchema,
  });
  if (content.keyId !== enrollment.key_id)
    throw new ResponseRefused(part, 'The keyId is not the one of this enrollment.');
  if (content.serial !== response.serial || content.firmware !== response.version)
    throw new ResponseRefused(part, 'The credential is of a key with another serial number or firmware.');
  if (response.now > enrollment.challenge_expires) throw new ResponseRefused(part, 'The challenge has expired.');
  return verifyCeremony(enrollment, content.credential);
}

async function verifyCeremony(
  enrollment: Enrollment,
  { id, rawId, type, response }: z.infer<typeof credentialSchema>['credential'],
): Promise<VerifiedCredential> {
  // Loaded on first use: it takes 200 ms, and most processes never verify a credential.
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { clientDataJSON, attestationObject } = response;
  const verified = await verifyRegistrationResponse({
    response: { id, rawId, type, clientExtensionResults: {}, response: { clientDataJSON, attestationObject } },
    expectedChallenge: enrollment.challenge,
    expectedOrigin: `https://${enrollment.rp_id}`,
    expectedRPID: enrollment.rp_id,
    requireUserVerification: false,
    supportedAlgorithmIDs: [-7],
  }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new ResponseRefused(part, `The WebAuthn registration is not valid: ${reason}`, { cause });
  });
  if (!verified.verified) throw new ResponseRefused(part, 'The attestation signature is not valid.');
  const { aaguid, credential, fmt } = verified.registrationInfo;
  if (fmt !== 'packed') throw new ResponseRefused(part, `The attestation is ${fmt}, not packed.`);
  return { credentialId: credential.id, publicKey: Buffer.from(credential.publicKey).toString('base64url'), aaguid };
}
