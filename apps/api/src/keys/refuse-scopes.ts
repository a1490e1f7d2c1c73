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
