import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';

import type { ClientKey } from './client-key.ts';

/**
 * Signs the assertion that a service app sends in place of a password. Every attempt needs a new one: Okta accepts each
 * once, even when it only answers with a nonce. The optional `iat` is omitted: an org refuses one ahead of its own clock.
 * Source: okta-developer-docs, implement-oauth-for-okta-serviceapp and data/oauth2-error-codes.json.
 */
export const signAssertion = ({ alg, key, kid }: ClientKey, clientId: string, tokenUrl: URL): Promise<string> =>
  new SignJWT()
    .setProtectedHeader(kid === undefined ? { alg } : { alg, kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl.href)
    .setJti(randomUUID())
    .setExpirationTime('5 minutes')
    .sign(key);
