import { createHash } from 'node:crypto';

import { newApiKey, newId } from '../new-id.ts';
import type { Ledger } from '../open-ledger.ts';

export type Scope = 'read' | 'write' | 'operator';

export const scopes = ['read', 'write', 'operator'] as const satisfies readonly Scope[];

export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** Makes a key and returns it in clear, this once; only its hash is kept. `given` serves set-ups that bring their own. */
export async function createApiKey(
  ledger: Ledger,
  options: { tenant: string; name: string; scopes: readonly Scope[]; given?: string },
): Promise<{ id: string; key: string }> {
  const key = options.given ?? newApiKey();
  const id = newId('key');
  await ledger.db
    .insertInto('api_keys')
    .values({ id, tenant: options.tenant, name: options.name, hash: hashOf(key), scopes: [...options.scopes], revoked_at: null })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
  return { id, key };
}

/** The key behind a bearer token; null for an unknown or revoked one. Looked up by hash, so no comparison can be timed. */
export async function findApiKey(ledger: Ledger, key: string): Promise<ApiKey | null> {
  const row = await ledger.db
    .selectFrom('api_keys')
    .select(['id', 'tenant', 'name', 'scopes'])
    .where('hash', '=', hashOf(key))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...row, scopes: row.scopes.filter((scope): scope is Scope => scopes.some((known) => known === scope)) };
}
