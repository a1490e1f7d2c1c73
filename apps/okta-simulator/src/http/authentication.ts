import { createHash, timingSafeEqual } from 'node:crypto';

import type { Request, RequestHandler } from 'express';

import type { Org } from '../context.ts';
import { authorizeRequest, challenge, type TokenBearing } from '../oauth/authorize-request.ts';
import { OAuthError } from '../oauth/errors.ts';
import { findTokenUser } from '../roles/admin-token.ts';
import { rememberCaller, type Caller } from '../roles/caller.ts';
import { OktaError } from './errors.ts';
import { originOf } from './serve.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Accepts requests with one of the org's SSWS tokens, with an administrator's, or with an access token of a service app that allows `scope`. Any
 * other token gets the same 401; the challenge says what is wrong with an access token.
 */
export function authenticate(org: Org, tokens: readonly string[]): (scope?: string) => RequestHandler {
  const known = tokens.map(digest);
  const isKnown = (offered: string): boolean => {
    const tokenDigest = digest(offered);
    return known.some((one) => timingSafeEqual(one, tokenDigest));
  };
  const callerOfToken = async (offered: string): Promise<Caller> => {
    if (isKnown(offered)) return { kind: 'administrator', id: org.identity.administratorId };
    const id = await findTokenUser(org.db, offered);
    if (id === null) throw new OktaError('E0000011');
    return { kind: 'user', id };
  };
  return (scope) => async (request, response, next) => {
    const [, scheme, offered = ''] = /^(SSWS|Bearer|DPoP) (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (scheme === 'SSWS') {
      rememberCaller(request, await callerOfToken(offered));
      return next();
    }
    const isAccessToken = (scheme === 'Bearer' || scheme === 'DPoP') && offered.split('.').length === 3;
    if (!isAccessToken) throw new OktaError('E0000011');
    const bearing = tokenBearing(request, scheme, offered);
    try {
      rememberCaller(request, { kind: 'client', id: await authorizeRequest(org, bearing, scope) });
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      response
        .status(error.status)
        .setHeader('WWW-Authenticate', challenge(error, bearing, scope))
        .end();
      return;
    }
    next();
  };
}

function tokenBearing(request: Request, scheme: TokenBearing['scheme'], token: string): TokenBearing {
  const origin = originOf(request);
  const { pathname: path } = new URL(request.originalUrl, origin);
  const { dpop } = request.headers;
  const proof = typeof dpop === 'string' ? dpop : undefined;
  return { scheme, token, proof, method: request.method, origin, path };
}
