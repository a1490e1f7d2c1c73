import { createHash } from 'node:crypto';

import { LedgerError } from '../errors.ts';
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

/**
 * Makes a key and returns it in clear, this once; only its hash is kept. `given` serves set-ups that bring their own:
 * one that is there already stays as it is.
 * @throws LedgerError `api_key_taken` when the given key is another tenant's
 */
export async function createApiKey(
  ledger: Ledger,
  options: { tenant: string; name: string; scopes: readonly Scope[]; given?: string },
): Promise<{ id: string; key: string }> {
  const { tenant, name, given } = options;
  const key = given ?? newApiKey();
  const hash = hashOf(key);
  const row = { id: newId('key'), tenant, name, hash, scopes: [...options.scopes], revoked_at: null };
  await ledger.db
    .insertInto('api_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
  const kept = await ledger.db
    .selectFrom('api_keys')
    .select(['id', 'tenant'])
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow();
  if (kept.tenant !== tenant) throw new LedgerError('api_key_taken', 'The given API key is in use by another tenant');
  return { id: kept.id, key };
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
