import { createHash } from 'node:crypto';

import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { algorithms } from './authenticate-client.ts';
import { currentNonce, isGoodNonce } from './dpop-nonce.ts';
import { OAuthError, type OAuthErrorName } from './errors.ts';
import { useOnce } from './use-once.ts';

/** A request with a DPoP proof. */
export interface Proven {
  proof: string;
  method: string;
  /** Without a query. */
  url: string;
}

interface BoundToken {
  token: string;
  /** The thumbprint of its key. */
  jkt: string;
}

const claimsSchema = z.looseObject({
  iat: z.number(),
  jti: z.string().min(1),
  htm: z.string().optional(),
  htu: z.string().optional(),
  ath: z.string().optional(),
  nonce: z.string().optional(),
});

type Claims = z.infer<typeof claimsSchema>;

const oldestMs = 5 * 60_000;
/** Tolerance for clock differences. */
const aheadMs = 60_000;

/**
 * Verifies the proof of a token request, which must contain a nonce of this org.
 * @returns the thumbprint of the key to bind the token to
 * @throws OAuthError
 */
export async function verifyTokenProof(org: Org, proven: Proven): Promise<string> {
  const { claims, thumbprint } = await verify(org, proven);
  if (claims.nonce === undefined || !(await isGoodNonce(org, claims.nonce)))
    throw new OAuthError('use_dpop_nonce', { nonce: await currentNonce(org) });
  await useProof(org, claims, thumbprint);
  return thumbprint;
}

/**
 * Verifies the proof for an access token: `ath` is the hash of the token, `jkt` the thumbprint of its key.
 * @throws OAuthError
 */
export async function verifyResourceProof(org: Org, proven: Proven, { jkt, token }: BoundToken): Promise<void> {
  const { claims, thumbprint } = await verify(org, proven);
  const hash = createHash('sha256').update(token).digest('base64url');
  if (claims.ath !== hash) throw new OAuthError('dpop_proof_invalid_ath');
  if (thumbprint !== jkt) throw new OAuthError('invalid_access_token_dpop_binding');
  await useProof(org, claims, thumbprint);
}

async function verify(org: Org, { method, proof, url }: Proven): Promise<{ claims: Claims; thumbprint: string }> {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    algorithms,
    typ: 'dpop+jwt',
    currentDate: org.now(),
  }).catch((cause: unknown) => {
    throw new OAuthError(nameOf(cause), { cause });
  });
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) {
    const isOfJti = claims.error.issues.some(({ path }) => path[0] === 'jti');
    throw new OAuthError(isOfJti ? 'invalid_dpop_proof_invalid_jti' : 'invalid_dpop_proof_invalid_iat');
  }
  const { htm, htu, iat } = claims.data;
  if (htm !== method) throw new OAuthError('invalid_dpop_proof_invalid_htm');
  if (htu === undefined || !URL.canParse(htu) || new URL(htu).href !== new URL(url).href)
    throw new OAuthError('invalid_dpop_proof_invalid_htu');
  const ageMs = org.now().getTime() - iat * 1_000;
  if (ageMs < -aheadMs) throw new OAuthError('invalid_dpop_proof_jwt_issued_in_future');
  if (ageMs > oldestMs) throw new OAuthError('invalid_dpop_proof_jwt_too_old');
  return {
    claims: claims.data,
    thumbprint: await calculateJwkThumbprint(z.looseObject({}).parse(protectedHeader.jwk)),
  };
}

async function useProof(org: Org, { iat, jti }: Claims, thumbprint: string): Promise<void> {
  const isFresh = await useOnce(org, {
    kind: 'proof',
    jti: `${thumbprint} ${jti}`,
    untilMs: iat * 1_000 + oldestMs + aheadMs,
  });
  if (!isFresh) throw new OAuthError('dpop_proof_already_used');
}

function nameOf(error: unknown): OAuthErrorName {
  if (error instanceof errors.JOSEAlgNotAllowed) return 'invalid_dpop_proof_invalid_signature_algorithm';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'typ')
    return 'invalid_dpop_proof_invalid_type';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'invalid_dpop_proof_invalid_signature';
  return 'invalid_dpop_proof_invalid_jwt';
}
