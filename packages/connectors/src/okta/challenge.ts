import type { HttpAnswer } from '../http/exchange.ts';
import { plainName } from '../http/fault-of-answer.ts';

/** Okta's `WWW-Authenticate`, its only answer when an access token or its proof is not sufficient. */
export interface Challenge {
  /** `invalid_token`, `insufficient_scope`, `invalid_dpop_proof`, `use_dpop_nonce`, … */
  error: string;
  /** The scopes that the call needs. */
  scopes: readonly string[];
}

/**
 * Reads `DPoP algs="…", realm="…", scope="okta.groups.read", error="insufficient_scope", …`; null where there is no challenge.
 * Source: answers of live orgs, okta-sdk-golang#145 and #554, terraform-provider-okta#2375.
 */
export function challengeOf({ headers, status }: HttpAnswer): Challenge | null {
  if (status < 400 || status > 403) return null;
  const text = headers['www-authenticate'] ?? '';
  const error = plainName(parameter(text, 'error'));
  if (error === null) return null;
  const scopes = (parameter(text, 'scope') ?? '').split(' ');
  return { error, scopes: scopes.flatMap((scope) => plainName(scope) ?? []) };
}

function parameter(text: string, name: string): string | undefined {
  return new RegExp(`(?:^|[\\s,])${name}="([^"]*)"`).exec(text)?.[1];
}
