import { createHash } from 'node:crypto';

import { sql, type Selectable } from 'kysely';

import { inTransaction, type Database, type Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { newApiKey, newId } from '../new-id.ts';
import { prepared } from '../prepared.ts';
import type { Tables } from '../tables.ts';

/**
 * `read` shows shipments; `write` requests, cancels and retries them; `addresses`, beside one of the others, says where they go
 * instead of Okta; `operator` decides about holds and PINs, and manages flows and keys; `audit` reads the audit log. None includes
 * another.
 */
export const scopes = ['read', 'write', 'addresses', 'operator', 'audit'] as const;

export type Scope = (typeof scopes)[number];

export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  /** Null: the limit of the process that checks it. */
  requestsPerMinute: number | null;
  /** When it stops working by itself; null: never. */
  expiresAt: Date | null;
}

/** A key as its tenant's operators see it. Its secret is never shown again. */
export interface ListedKey extends Omit<ApiKey, 'tenant'> {
  createdAt: Date;
  revokedAt: Date | null;
  /** The id of the key that made it; null for one that was made beside the database. */
  createdBy: string | null;
  /** The login at Okta of the person who answers for it; null for a key from before owners were named. */
  owner: string | null;
  /** To the minute; null: never. */
  lastUsedAt: Date | null;
  /** Until when the secret before the last rotation is still accepted; null where there is none. */
  formerUntil: Date | null;
}

export interface NewApiKey {
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  requestsPerMinute?: number;
  createdBy?: string;
  owner?: string;
  expiresAt?: Date;
  key?: string;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/**
 * Creates a key and returns it in plain text; only its hash is stored. `key` is for set-ups that generate keys themselves; an
 * existing one is not changed.
 * @throws LedgerError `api_key_taken` if `key` belongs to another tenant, `api_key_revoked` if its creator is revoked
 */
export async function createApiKey(
  ledger: Pick<Ledger, 'db'>,
  options: NewApiKey,
): Promise<{ id: string; key: string; createdAt: Date }> {
  const { tenant, name, createdBy = null, key = newApiKey() } = options;
  const hash = hashOf(key);
  // The share lock lets a revocation that takes along what the creator made wait for this key, or refuses the key.
  await sql`
    insert into api_keys (id, tenant, name, hash, scopes, requests_per_minute, created_by, owner, expires_at)
    select ${newId('key')}, ${tenant}, ${name}, ${hash}, ${[...options.scopes]}, ${options.requestsPerMinute ?? null}::integer,
      ${createdBy}, ${options.owner ?? null}, ${options.expiresAt ?? null}::timestamptz
    where ${createdBy}::text is null
      or exists (select from api_keys where id = ${createdBy} and revoked_at is null for share)
    on conflict (hash) do nothing`.execute(ledger.db);
  const kept = await ledger.db
    .selectFrom('api_keys')
    .select(['id', 'tenant', 'created_at'])
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (kept === undefined) throw new LedgerError('api_key_revoked', 'The API key that makes it has been revoked');
  if (kept.tenant !== tenant) throw new LedgerError('api_key_taken', 'The API key is in use by another tenant');
  return { id: kept.id, key, createdAt: kept.created_at };
}

/**
 * The key behind a bearer token; null for an unknown, expired or revoked one. Notes that it was used, once a minute. After a rotation the former secret is accepted too,
 * for its grace period. Looked up by hash, so no comparison can be timed.
 */
export async function findApiKey(ledger: Pick<Ledger, 'db'>, key: string): Promise<ApiKey | null> {
  const hash = hashOf(key);
  const { rows } = await sql<FoundKey>`${prepared}
    with found as (
      select id, tenant, name, scopes, requests_per_minute, expires_at, last_used_at from api_keys
      where (hash = ${hash} or (former_hash = ${hash} and former_until > now()))
        and revoked_at is null and (expires_at is null or expires_at > now())
    ), used as (
      update api_keys set last_used_at = now() where id in (
        select id from found where last_used_at is null or last_used_at < now() - interval '1 minute'
      )
    )
    select id, tenant, name, scopes, requests_per_minute, expires_at from found`.execute(ledger.db);
  const [row] = rows;
  if (row === undefined) return null;
  const { id, tenant, name, requests_per_minute: requestsPerMinute, expires_at: expiresAt } = row;
  return { id, tenant, name, scopes: knownScopes(row.scopes), requestsPerMinute, expiresAt };
}

type FoundKey = Pick<
  Selectable<Tables['api_keys']>,
  'id' | 'tenant' | 'name' | 'scopes' | 'requests_per_minute' | 'expires_at'
>;

/** A tenant's keys, newest first, the revoked ones with them: the history of shipments names keys by id. */
export async function listApiKeys(ledger: Pick<Ledger, 'db'>, tenant: string): Promise<readonly ListedKey[]> {
  const rows = await ledger.db
    .selectFrom('api_keys')
    .select(listed)
    .where('tenant', '=', tenant)
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toListed);
}

/** One of a tenant's keys, or null: another tenant's looks the same as none. */
export async function readApiKey(ledger: Pick<Ledger, 'db'>, tenant: string, id: string): Promise<ListedKey | null> {
  const row = await ledger.db
    .selectFrom('api_keys')
    .select(listed)
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row === undefined ? null : toListed(row);
}

/**
 * Gives a key a new secret, returned in plain text this once. The one before it is accepted for `graceHours` more, the
 * one before that no longer. Null where the tenant has no such key, or it is revoked. `by` is the key that is shown the secret.
 */
export async function rotateApiKey(
  ledger: Pick<Ledger, 'db'>,
  { tenant, id, graceHours, by }: { tenant: string; id: string; graceHours: number; by?: string },
): Promise<(ListedKey & { key: string }) | null> {
  const key = newApiKey();
  const row = await ledger.db
    .updateTable('api_keys')
    .set(({ ref }) => ({
      hash: hashOf(key),
      former_hash: graceHours > 0 ? ref('hash') : null,
      former_until: graceHours > 0 ? sql<Date>`now() + make_interval(hours => ${graceHours}::integer)` : null,
      ...(by === undefined || by === id
        ? {}
        : { rotated_by: sql<string[]>`array_append(array_remove(rotated_by, ${by}), ${by})` }),
    }))
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .where('revoked_at', 'is', null)
    .returning(listed)
    .executeTakeFirst();
  return row === undefined ? null : { ...toListed(row), key };
}

/**
 * Revokes a key at once, its former secret too; a second time changes nothing. `withItsKeys` takes along every key that it
 * made, the keys that those made, and so on. Empty where the tenant has no such key.
 * @returns the ids of the keys that are revoked now, those of before included
 */
export async function revokeApiKey(
  ledger: Pick<Ledger, 'db'>,
  { tenant, id, withItsKeys = false }: { tenant: string; id: string; withItsKeys?: boolean },
): Promise<readonly string[]> {
  return inTransaction(ledger.db, async (tx) => {
    // A key that one of them was making until now is seen in the next round; one that is revoked makes no more.
    let revoked: readonly string[] = [];
    for (let before = -1; revoked.length > before;) {
      before = revoked.length;
      revoked = await revokeFound(tx, { tenant, id, withItsKeys });
    }
    return revoked;
  });
}

async function revokeFound(
  tx: Database,
  { tenant, id, withItsKeys }: { tenant: string; id: string; withItsKeys: boolean },
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive made as (
      select id from api_keys where id = ${id} and tenant = ${tenant}
      union
      select api_keys.id from api_keys join made on api_keys.created_by = made.id where ${withItsKeys}
    )
    update api_keys set revoked_at = coalesce(revoked_at, now()), former_hash = null, former_until = null
    from made where api_keys.id = made.id
    returning api_keys.id`.execute(tx);
  return rows.map((row) => row.id);
}

/** What is read of a key for its {@link ListedKey}. */
export const listed = [
  'id',
  'name',
  'scopes',
  'requests_per_minute',
  'created_at',
  'revoked_at',
  'former_until',
  'created_by',
  'owner',
  'expires_at',
  'last_used_at',
] as const satisfies readonly (keyof Tables['api_keys'])[];

export function toListed(row: Pick<Selectable<Tables['api_keys']>, (typeof listed)[number]>): ListedKey {
  const { id, name, former_until: until } = row;
  return {
    id,
    name,
    scopes: knownScopes(row.scopes),
    requestsPerMinute: row.requests_per_minute,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    createdBy: row.created_by,
    owner: row.owner,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    formerUntil: until !== null && until.getTime() > Date.now() ? until : null,
  };
}

/** A scope that a later version added is not one that this version can grant. */
const knownScopes = (stored: readonly string[]): Scope[] =>
  stored.filter((scope): scope is Scope => scopes.some((known) => known === scope));
