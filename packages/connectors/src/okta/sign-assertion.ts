import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';

import type { ClientKey } from './client-key.ts';

/**
 * Signs what a service app shows instead of a password. Every try needs one of its own: Okta takes each once, also when it
 * only answers with a nonce. `iat` is optional and left out, because an org refuses one that is ahead of its own clock.
 * Source: okta-developer-docs, implement-oauth-for-okta-serviceapp and data/oauth2-error-codes.json.
 */
export function signAssertion({ alg, key, kid }: ClientKey, clientId: string, tokenUrl: URL): Promise<string> {
  return new SignJWT()
    .setProtectedHeader(kid === undefined ? { alg } : { alg, kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl.href)
    .setJti(randomUUID())
    .setExpirationTime('5 minutes')
    .sign(key);
}
