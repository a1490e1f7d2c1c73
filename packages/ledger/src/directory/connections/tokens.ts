import { createHash } from 'node:crypto';

import { sql, type Kysely } from 'kysely';

import { inTransaction, type Ledger } from '../../connect-ledger.ts';
import { newId, newScimSecret } from '../../new-id.ts';
import type { Tables } from '../../tables.ts';

/** Shown this once: only its hash is stored. */
export interface NewToken {
  id: string;
  secret: string;
}

export interface ListedToken {
  id: string;
  kind: 'bearer' | 'client';
  createdAt: Date;
  /** It stops working by itself then; null: never. */
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute; null: never. */
  lastUsedAt: Date | null;
}

/** While one is replaced by the other. */
export const maxLiveTokens = 2;

interface OfConnection {
  tenant: string;
  connectionId: string;
}

export type CreatedToken =
  | { outcome: 'created'; token: NewToken }
  | { outcome: 'not_found' }
  /** As many are live as may be: revoke one first. */
  | { outcome: 'two_live' };

export interface TokenToCreate {
  /** `client`: an OAuth client whose id is the token's and which gets access tokens. */
  kind: 'bearer' | 'client';
  /** Null: it does not expire. An OAuth client's access tokens may outlive it by their hour. */
  expiresAt?: Date | null;
}

/** A further bearer token, or an OAuth client. */
export async function createToken(
  { db }: Pick<Ledger, 'db'>,
  { tenant, connectionId }: OfConnection,
  { kind, expiresAt = null }: TokenToCreate,
): Promise<CreatedToken> {
  return inTransaction(db, async (tx) => {
    const { rows } = await sql`
      select from scim_connections where id = ${connectionId} and tenant = ${tenant} and revoked_at is null
      for update`.execute(tx);
    if (rows.length === 0) return { outcome: 'not_found' };
    const live = await sql<{ count: string }>`
      select count(*) from scim_tokens
      where connection_id = ${connectionId} and kind = ${kind} and revoked_at is null
        and (expires_at is null or expires_at > now())`.execute(tx);
    if (Number(live.rows[0]?.count ?? 0) >= maxLiveTokens) return { outcome: 'two_live' };
    return { outcome: 'created', token: await insertToken(tx, { connectionId, kind, expiresAt }) };
  });
}

/** Revokes a token at once, and with a client its access tokens; false where the connection has no such token. */
export async function revokeToken(
  { db }: Pick<Ledger, 'db'>,
  { tenant, connectionId }: OfConnection,
  id: string,
): Promise<boolean> {
  const { rows } = await sql`
    update scim_tokens set revoked_at = coalesce(scim_tokens.revoked_at, now()) from scim_connections
    where scim_connections.id = connection_id and connection_id = ${connectionId} and tenant = ${tenant}
      and kind <> 'access' and scim_tokens.id = ${id}
    returning scim_tokens.id`.execute(db);
  return rows.length > 0;
}

/** Newest first, the revoked ones with them. Access tokens are not listed. */
export async function listTokens(
  { db }: Pick<Ledger, 'db'>,
  { tenant, connectionId }: OfConnection,
): Promise<readonly ListedToken[]> {
  const { rows } = await sql<ListedToken>`
    select scim_tokens.id, kind, scim_tokens.created_at as "createdAt", expires_at as "expiresAt",
      scim_tokens.revoked_at as "revokedAt", last_used_at as "lastUsedAt"
    from scim_tokens join scim_connections on scim_connections.id = connection_id
    where connection_id = ${connectionId} and tenant = ${tenant} and kind <> 'access'
    order by scim_tokens.id desc`.execute(db);
  return rows;
}

export const hashOfToken = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

/** @internal of this folder: its callers have checked the connection */
export async function insertToken(
  db: Kysely<Tables>,
  { connectionId, kind, expiresAt = null, secret = newScimSecret() }: TokenToInsert,
): Promise<NewToken> {
  const token = { id: newId('tok'), secret };
  await db
    .insertInto('scim_tokens')
    .values({ id: token.id, connection_id: connectionId, kind, hash: hashOfToken(token.secret), expires_at: expiresAt })
    .execute();
  return token;
}

interface TokenToInsert extends TokenToCreate {
  connectionId: string;
  secret?: string | undefined;
}
