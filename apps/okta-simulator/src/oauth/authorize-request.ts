import type { Org } from '../context.ts';
import { verifyToken, type Granted } from './access-token.ts';
import { algorithms } from './authenticate-client.ts';
import { OAuthError } from './errors.ts';
import { verifyResourceProof } from './verify-proof.ts';

/** A request with an access token. */
export interface TokenBearing {
  scheme: 'Bearer' | 'DPoP';
  token: string;
  /** The header `DPoP`. */
  proof: string | undefined;
  method: string;
  /** `http://host:port` as the client called it. */
  origin: string;
  path: string;
}

/**
 * Accepts a request if its token is valid, is bound to the key of its proof, and allows `scope`.
 * @returns the app's client id
 * @throws OAuthError
 */
export async function authorizeRequest(org: Org, request: TokenBearing, scope: string | undefined): Promise<string> {
  const granted = await verifyToken(org, request.token);
  await checkBinding(org, request, granted);
  if (scope !== undefined && !allows(granted.scopes, scope)) throw new OAuthError('access_token_insufficient_scopes');
  return granted.clientId;
}

async function checkBinding(org: Org, request: TokenBearing, { jkt }: Granted): Promise<void> {
  const { method, origin, path, proof, scheme, token } = request;
  if (jkt === undefined && scheme === 'DPoP') throw new OAuthError('access_token_not_dpop_bound');
  if (jkt === undefined) return;
  if (scheme === 'Bearer') throw new OAuthError('dpop_authentication_scheme_required');
  if (proof === undefined) throw new OAuthError('dpop_proof_required_for_token');
  await verifyResourceProof(org, { proof, method, url: origin + path }, { jkt, token });
}

/** `manage` includes `read` (okta-developer-docs, guides/implement-oauth-for-okta). */
function allows(granted: readonly string[], scope: string): boolean {
  return scope.split(' ').every((one) => granted.includes(one) || granted.includes(one.replace(/\.read$/, '.manage')));
}

/** `WWW-Authenticate` as live orgs send it, with an empty body (okta-sdk-golang#145 and #554). */
export function challenge(
  error: OAuthError,
  { origin, path, scheme }: TokenBearing,
  scope: string | undefined,
): string {
  const parameters = {
    ...(scheme === 'DPoP' ? { algs: algorithms.join(' ') } : {}),
    authorization_uri: `${origin}/oauth2/v1/authorize`,
    realm: origin,
    ...(scope === undefined ? {} : { scope }),
    error: error.error,
    error_description: error.message,
    resource: path,
  };
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${list.join(', ')}`;
}
