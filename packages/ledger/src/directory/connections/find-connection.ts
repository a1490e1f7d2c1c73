import { timingSafeEqual } from 'node:crypto';

import { sql, type Selectable } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { prepared } from '../../prepared.ts';
import type { Tables } from '../../tables.ts';
import type { Connection } from './connection.ts';
import { toConnection } from './connections.ts';
import { hashOfToken } from './tokens.ts';

type Found = Selectable<Tables['scim_connections']> & { token_id: string; token_hash: Buffer };

/**
 * The connection of a base URL whose token this is; null for an unknown connection and for a wrong, expired or revoked token
 * alike, with the same query. Looked up by a hash of the token, so no comparison can be timed. Notes the use, once a minute.
 */
export async function findConnectionByToken(
  { db }: Pick<Ledger, 'db'>,
  connectionId: string,
  token: string,
): Promise<{ connection: Connection; tokenId: string } | null> {
  const hash = hashOfToken(token);
  const { rows } = await sql<Found>`${prepared}
    with found as (
      select token.id as token_id, token.hash as token_hash, token.last_used_at, ${columnsIn('scim_connections')}
      from scim_tokens as token
      join scim_connections on scim_connections.id = token.connection_id
      left join scim_tokens as client on client.id = token.client_id
      where token.hash = ${hash} and token.connection_id = ${connectionId} and token.kind in ('bearer', 'access')
        and token.revoked_at is null and client.revoked_at is null and scim_connections.revoked_at is null
        and (token.expires_at is null or token.expires_at > now())
    ), token_used as (
      update scim_tokens set last_used_at = now() from found
      where scim_tokens.id = found.token_id and ${isOld('found.last_used_at')}
    ), connection_used as (
      update scim_connections set last_request_at = now() from found
      where scim_connections.id = found.id and ${isOld('found.last_request_at')}
    )
    select token_id, token_hash, ${columnsIn('found')} from found`.execute(db);
  const [row] = rows;
  if (row === undefined || !timingSafeEqual(row.token_hash, hash)) return null;
  return { connection: toConnection(row), tokenId: row.token_id };
}

const columns = [
  'id',
  'tenant',
  'name',
  'send_enrollment_mails',
  'include_manual',
  'read_all',
  'take_over_by_local_part',
  'mapping',
  'user_name_rules',
  'created_by',
  'created_at',
  'revoked_at',
  'last_request_at',
  'next_welcome_at',
] as const satisfies readonly (keyof Tables['scim_connections'])[];

/** One piece of text: these are compiled for each request. */
const columnsIn = (table: string) => sql.raw(columns.map((column) => `${table}.${column}`).join(', '));

const isOld = (column: string) => sql`(${sql.ref(column)} is null or ${sql.ref(column)} < now() - interval '1 minute')`;
