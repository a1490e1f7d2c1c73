import type { Scope } from '@keycourier/ledger/api-keys/api-keys';

import type { Caller } from '../access/find-caller.ts';
import { refuse, type Answer } from '../http/answer.ts';

/** Null where the caller's key has all of these scopes itself. */
export function refuseScopes({ apiKey }: Pick<Caller, 'apiKey'>, wanted: readonly Scope[]): Answer | null {
  const exceeding = wanted.filter((scope) => !apiKey.scopes.includes(scope));
  if (exceeding.length === 0) return null;
  return refuse(
    'scopes_exceeded',
    `Your API key does not have the scope ${exceeding.map((scope) => `"${scope}"`).join(' and ')} itself. Ask with one that has, or leave it out.`,
  );
}
