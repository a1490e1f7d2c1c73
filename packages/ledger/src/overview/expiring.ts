import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

/** A secret of a tenant that ends by itself. */
export interface ExpiringSecret {
  kind: 'api_key' | 'scim_token' | 'scim_client';
  id: string;
  /** The key's name, or the connection's. */
  name: string;
  expiresAt: Date;
  lastUsedAt: Date | null;
}

/** What was used in this time is missed when it ends; what ended before is not shown any more. */
const endedSinceMs = 7 * 24 * 3_600_000;

/** The secrets of a tenant that end before `until`, or ended in the last week, soonest first. Access tokens are left out. */
export async function readExpiring(
  db: Kysely<Tables>,
  tenant: string,
  { now, until }: { now: Date; until: Date },
): Promise<readonly ExpiringSecret[]> {
  const since = new Date(now.getTime() - endedSinceMs);
  const { rows } = await sql<ExpiringSecret>`
    select 'api_key' as kind, id, name, expires_at as "expiresAt", last_used_at as "lastUsedAt" from api_keys
    where tenant = ${tenant} and revoked_at is null and expires_at between ${since} and ${until}
    union all
    select case kind when 'client' then 'scim_client' else 'scim_token' end, scim_tokens.id, scim_connections.name,
      expires_at, last_used_at
    from scim_tokens join scim_connections on scim_connections.id = connection_id
    where tenant = ${tenant} and kind <> 'access' and scim_tokens.revoked_at is null
      and scim_connections.revoked_at is null and expires_at between ${since} and ${until}
    order by "expiresAt" limit 100`.execute(db);
  return rows;
}
