import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import type { Org } from '../context.ts';
import type { Queryable } from '../store/database.ts';
import { randomText } from '../store/okta-id.ts';
import type { Sealing } from '../store/sealing.ts';
import { keep } from '../store/settings.ts';
import { OAuthError } from './errors.ts';

const claimsSchema = z.looseObject({
  jti: z.string(),
  cid: z.string(),
  scp: z.array(z.string()),
  cnf: z.looseObject({ jkt: z.string() }).optional(),
});

/** The content of a valid token. */
export interface Granted {
  clientId: string;
  scopes: readonly string[];
  /** Thumbprint of the DPoP key that the token is bound to. */
  jkt: string | undefined;
}

/** The key that signs the org's access tokens: stored, so that tokens stay valid after a restart. */
export async function keptTokenKey(db: Queryable, sealing: Sealing): Promise<KeyObject> {
  const sealed = await keep(db, 'token-key', {
    schema: z.string(),
    create: () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      return sealing.seal(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    },
  });
  return createPrivateKey(sealing.unseal(sealed));
}

/** Issues a token with the claims of a real org (okta-developer-docs, guides/dpop). It is valid while it is stored. */
export async function issueToken(
  org: Org,
  { clientId, jkt, scopes }: Granted,
): Promise<{ token: string; lifeSeconds: number }> {
  const jti = `AT.${randomText(43)}`;
  const issuedAt = Math.floor(org.now().getTime() / 1_000);
  const lifeSeconds = Math.ceil(org.settings.current().tokenLifetimeMs / 1_000);
  const issuer = `https://${org.issuerHost}`;
  const cnf = jkt === undefined ? {} : { cnf: { jkt } };
  const token = await new SignJWT({ ver: 1, cid: clientId, scp: [...scopes], ...cnf })
    .setProtectedHeader({ alg: 'RS256' })
    .setJti(jti)
    .setIssuer(issuer)
    .setAudience(issuer)
    .setSubject(clientId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifeSeconds)
    .sign(await org.tokenKey());
  await org.db.query('insert into access_token (jti, client_id) values ($1, $2)', [jti, clientId]);
  return { token, lifeSeconds };
}

/** @throws OAuthError invalid_token */
export async function verifyToken(org: Org, token: string): Promise<Granted> {
  const issuer = `https://${org.issuerHost}`;
  const publicKey = createPublicKey(await org.tokenKey());
  const { payload } = await jwtVerify(token, publicKey, {
    issuer,
    audience: issuer,
    currentDate: org.now(),
  }).catch((cause: unknown) => {
    throw new OAuthError(cause instanceof errors.JWTExpired ? 'token_expired' : 'access_token_invalid', { cause });
  });
  const { cid, cnf, jti, scp } = claimsSchema.parse(payload);
  const onRecord = await org.db.query('select from access_token where jti = $1', [jti]);
  if (onRecord.rowCount === 0) throw new OAuthError('access_token_revoked');
  return { clientId: cid, scopes: scp, jkt: cnf?.jkt };
}

/** Revokes every token issued so far. */
export async function revokeTokens(org: Org): Promise<void> {
  await org.db.query('delete from access_token');
}
