import { timingSafeEqual } from 'node:crypto';

import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { newId, newScimSecret } from '../../new-id.ts';
import { hashOfToken } from './tokens.ts';

export const accessTokenSeconds = 3_600;

export interface ClientCredentials {
  connectionId: string;
  clientId: string;
  clientSecret: string;
}

export interface AccessToken {
  tenant: string;
  accessToken: string;
  expiresInSeconds: number;
}

/**
 * OAuth's client credentials grant (RFC 6749 §4.4): an opaque access token for an hour; null for anything that is wrong,
 * without saying what.
 */
export async function issueAccessToken(
  { db }: Pick<Ledger, 'db'>,
  { connectionId, clientId, clientSecret }: ClientCredentials,
): Promise<AccessToken | null> {
  const { rows } = await sql<{ hash: Buffer; tenant: string }>`
    select hash, tenant from scim_tokens join scim_connections on scim_connections.id = connection_id
    where scim_tokens.id = ${clientId} and connection_id = ${connectionId} and kind = 'client'
      and scim_tokens.revoked_at is null and (expires_at is null or expires_at > now()) and scim_connections.revoked_at is null`.execute(
    db,
  );
  const sent = hashOfToken(clientSecret);
  // Compared with itself where there is no client, so that both take the same time.
  const [client] = rows;
  const isRight = timingSafeEqual(client?.hash ?? sent, sent);
  if (!isRight || client === undefined) return null;
  const accessToken = newScimSecret();
  await sql`
    with expired as (
      delete from scim_tokens where kind = 'access' and client_id = ${clientId} and expires_at < now()
    ), used as (
      update scim_tokens set last_used_at = now() where id = ${clientId}
    )
    insert into scim_tokens (id, connection_id, kind, hash, client_id, expires_at)
    values (${newId('tok')}, ${connectionId}, 'access', ${hashOfToken(accessToken)}, ${clientId},
      now() + make_interval(secs => ${accessTokenSeconds}))`.execute(db);
  return { tenant: client.tenant, accessToken, expiresInSeconds: accessTokenSeconds };
}
