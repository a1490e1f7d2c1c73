import type { Answer } from '@keycourier/http/answer';
import type { Scope } from '@keycourier/ledger/api-keys/api-keys';

import type { Caller } from '../endpoint.ts';
import { refuse } from '../problems.ts';

/** Null if the caller's key has all of these scopes itself. */
export function refuseScopes({ apiKey }: Pick<Caller, 'apiKey'>, requested: readonly Scope[]): Answer | null {
  const missing = requested.filter((scope) => !apiKey.scopes.includes(scope));
  if (missing.length === 0) return null;
  return refuse(
    'scopes_exceeded',
    `Your API key lacks the scope ${missing.map((scope) => `"${scope}"`).join(' and ')}. Use a key that has it, or leave it out.`,
  );
}

/** How long and how fast a key may be used. */
export interface KeyLimits {
  requestsPerMinute: number | null;
  expiresAt: Date | null;
}

/** The limits of a key that a caller makes: those requested, else the caller's own, which they must not exceed. */
export function limitsOfNewKey(
  { apiKey }: Pick<Caller, 'apiKey'>,
  requested: KeyLimits,
): { outcome: 'within'; limits: KeyLimits } | { outcome: 'refused'; answer: Answer } {
  const limits = {
    requestsPerMinute: requested.requestsPerMinute ?? apiKey.requestsPerMinute,
    expiresAt: requested.expiresAt ?? apiKey.expiresAt,
  };
  if (apiKey.expiresAt !== null && limits.expiresAt !== null && limits.expiresAt > apiKey.expiresAt)
    return exceeded(
      `Your API key expires at ${apiKey.expiresAt.toISOString()}, and a key that it makes must not later.`,
    );
  const own = apiKey.requestsPerMinute;
  if (own !== null && limits.requestsPerMinute !== null && limits.requestsPerMinute > own)
    return exceeded(`Your API key may send ${own} requests a minute, and a key that it makes not more.`);
  return { outcome: 'within', limits };
}

const exceeded = (detail: string): { outcome: 'refused'; answer: Answer } => ({
  outcome: 'refused',
  answer: refuse('limits_exceeded', detail),
});
