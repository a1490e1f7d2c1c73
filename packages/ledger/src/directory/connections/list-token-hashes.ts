import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';

export interface AcceptedToken {
  connectionId: string;
  /** SHA-256, in base64url. */
  hash: string;
}

/** All tokens and secrets of clients that are accepted now, of every tenant. */
export async function listTokenHashes({ db }: Pick<Ledger, 'db'>): Promise<readonly AcceptedToken[]> {
  const { rows } = await sql<{ connectionId: string; hash: Buffer }>`
    select token.connection_id as "connectionId", token.hash
    from scim_tokens as token
    join scim_connections on scim_connections.id = token.connection_id
    left join scim_tokens as client on client.id = token.client_id
    where token.revoked_at is null and client.revoked_at is null
      and scim_connections.revoked_at is null and (token.expires_at is null or token.expires_at > now())`.execute(db);
  return rows.map(({ connectionId, hash }) => ({ connectionId, hash: hash.toString('base64url') }));
}
