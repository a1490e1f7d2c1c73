import type { Ledger } from '../connect-ledger.ts';
import { listed, readApiKey, toListed, type ListedKey } from './api-keys.ts';

/**
 * Names the owner of a key that has none, once: a key that passes to another person is replaced.
 * @returns the key; `known` where it has an owner; null where the tenant has no such key
 */
export async function setKeyOwner(
  ledger: Pick<Ledger, 'db'>,
  { tenant, id, owner }: { tenant: string; id: string; owner: string },
): Promise<ListedKey | 'known' | null> {
  const row = await ledger.db
    .updateTable('api_keys')
    .set({ owner })
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .where('owner', 'is', null)
    .returning(listed)
    .executeTakeFirst();
  if (row !== undefined) return toListed(row);
  return (await readApiKey(ledger, tenant, id)) === null ? null : 'known';
}

/** Whose secret a key is, as far as it was shown to keys: to the one that made it, and to those that rotated it. */
export interface KeyOrigin {
  id: string;
  owner: string | null;
  holderKeys: readonly string[];
}

/** Of all keys of a tenant, the revoked ones with them. */
export async function readKeyOrigins({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<readonly KeyOrigin[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select(['id', 'owner', 'created_by', 'rotated_by'])
    .where('tenant', '=', tenant)
    .execute();
  return rows.map(({ id, owner, created_by: maker, rotated_by: rotators }) => ({
    id,
    owner,
    holderKeys: maker === null ? rotators : [maker, ...rotators],
  }));
}
