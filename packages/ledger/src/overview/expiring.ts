import { listedWithinMs, type Expiring } from '@keycourier/journey/model/expiring';
import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

/** What was used in this time is missed when it ends; what ended before is not shown any more. */
const endedSinceMs = 7 * 24 * 3_600_000;

/** The secrets of a tenant in the ledger that end soon, or ended in the last week, soonest first. Access tokens are left out. */
export async function readExpiring(db: Kysely<Tables>, tenant: string, now: Date): Promise<readonly Expiring[]> {
  const since = new Date(now.getTime() - endedSinceMs);
  const until = new Date(now.getTime() + listedWithinMs);
  const { rows } = await sql<Expiring>`
    select 'api_key' as kind, id, name, expires_at as "expiresAt", false as "isReplaced" from api_keys
    where tenant = ${tenant} and revoked_at is null and expires_at between ${since} and ${until}
    union all
    select case token.kind when 'client' then 'scim_client' else 'scim_token' end, token.id, scim_connections.name,
      token.expires_at, exists (select from scim_tokens other where other.connection_id = token.connection_id
        and other.kind <> 'access' and other.revoked_at is null
        and (other.expires_at is null or other.expires_at > token.expires_at))
    from scim_tokens token join scim_connections on scim_connections.id = token.connection_id
    where tenant = ${tenant} and token.kind <> 'access' and token.revoked_at is null
      and scim_connections.revoked_at is null and token.expires_at between ${since} and ${until}
    order by "expiresAt" limit 100`.execute(db);
  return rows;
}

/** When Okta last let a worker read to the end of its System Log: the use of its credentials that is recorded. */
export async function oktaUsedAt(db: Kysely<Tables>, tenant: string): Promise<Date | null> {
  const row = await db.selectFrom('catch_up').select('polled_at').where('tenant', '=', tenant).executeTakeFirst();
  return row?.polled_at ?? null;
}
