import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose';

import type { Org } from '../context.ts';
import { OAuthError, type OAuthErrorName } from './errors.ts';
import { findApp, type ServiceApp } from './service-app.ts';
import { useOnce } from './use-once.ts';

/** The signature algorithms of client assertions and proofs. */
export const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

const hourMs = 3_600_000;

/**
 * Finds the app that signed an assertion (private_key_jwt) for this token endpoint. An assertion with a `jti` is accepted
 * once, even if the rest of its request fails.
 * @throws OAuthError invalid_client
 */
export async function authenticateClient(org: Org, assertion: string, audience: string): Promise<ServiceApp> {
  const { alg, kid, claims } = read(assertion);
  if (!algorithms.includes(alg)) throw new OAuthError('client_assertion_invalid_signature_algorithm');
  const app = claims.iss === undefined ? undefined : await findApp(org.db, claims.iss);
  if (app === undefined) throw new OAuthError('client_assertion_invalid_issuer');
  if (claims.sub !== claims.iss) throw new OAuthError('client_assertion_invalid_subject');
  // okta-sdk-nodejs#223: an app's only key is found without a kid, one of several is not.
  if (kid === undefined && app.jwks.keys.length > 1) throw new OAuthError('client_assertion_invalid_kid');
  await verify(assertion, app, { audience, currentDate: org.now() });
  const nowMs = org.now().getTime();
  const expiresMs = (claims.exp ?? 0) * 1_000;
  if (expiresMs > nowMs + hourMs) throw new OAuthError('client_assertion_expires_too_far_in_future');
  if ((claims.iat ?? 0) * 1_000 > nowMs) throw new OAuthError('client_assertion_issued_at_in_future');
  const isFresh =
    claims.jti === undefined ||
    (await useOnce(org, { kind: 'assertion', jti: `${app.clientId} ${claims.jti}`, untilMs: expiresMs }));
  if (!isFresh) throw new OAuthError('client_assertion_already_used');
  return app;
}

function read(assertion: string): { alg: string; kid: string | undefined; claims: JWTPayload } {
  try {
    const { alg = '', kid } = decodeProtectedHeader(assertion);
    return { alg, kid, claims: decodeJwt(assertion) };
  } catch (cause) {
    throw new OAuthError('client_assertion_invalid_jwt', { cause });
  }
}

type Expected = Pick<JWTVerifyOptions, 'audience' | 'currentDate'>;

async function verify(assertion: string, { jwks }: ServiceApp, expected: Expected): Promise<void> {
  try {
    await jwtVerify(assertion, createLocalJWKSet(jwks), { ...expected, algorithms, requiredClaims: ['exp'] });
  } catch (cause) {
    throw new OAuthError(nameOf(cause), { cause });
  }
}

function nameOf(error: unknown): OAuthErrorName {
  if (error instanceof errors.JWTExpired) return 'client_assertion_expired_token';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'exp' ? 'client_assertion_expiration_required' : 'client_assertion_invalid_audience';
  if (error instanceof errors.JWKSNoMatchingKey) return 'client_assertion_invalid_kid';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'client_assertion_invalid_signature';
  return 'client_assertion_invalid_jwt';
}
