import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/** The SHA-256 hashes, in base64url, of all secrets that are accepted now, of every tenant. */
export async function listKeyHashes({ db }: Pick<Ledger, 'db'>): Promise<readonly string[]> {
  const { rows } = await sql<{ hash: Buffer }>`
    select hash from api_keys where revoked_at is null and (expires_at is null or expires_at > now())
    union all
    select former_hash from api_keys
    where revoked_at is null and (expires_at is null or expires_at > now())
      and former_hash is not null and former_until > now()`.execute(db);
  return rows.map(({ hash }) => hash.toString('base64url'));
}
