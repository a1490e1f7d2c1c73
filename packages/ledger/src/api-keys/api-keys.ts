import { createHash } from 'node:crypto';

import { sql, type Selectable } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { newApiKey, newId } from '../new-id.ts';
import type { Tables } from '../tables.ts';

/**
 * `read` shows shipments; `write` requests, cancels and retries them; `addresses`, beside one of the others, says where they go
 * instead of Okta; `operator` decides about holds and PINs, and manages flows and keys. None includes another.
 */
export const scopes = ['read', 'write', 'addresses', 'operator'] as const;

export type Scope = (typeof scopes)[number];

export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  /** Null: the limit of the process that checks it. */
  requestsPerMinute: number | null;
}

/** A key as its tenant's operators see it. Its secret is never shown again. */
export interface ListedKey extends Omit<ApiKey, 'tenant'> {
  createdAt: Date;
  revokedAt: Date | null;
  /** Until when the secret before the last rotation is still accepted; null where there is none. */
  formerUntil: Date | null;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/**
 * Creates a key and returns it in plain text; only its hash is stored. `key` is for set-ups that generate keys themselves; an
 * existing one is not changed.
 * @throws LedgerError `api_key_taken` if `key` belongs to another tenant
 */
export async function createApiKey(
  ledger: Pick<Ledger, 'db'>,
  options: { tenant: string; name: string; scopes: readonly Scope[]; requestsPerMinute?: number; key?: string },
): Promise<{ id: string; key: string; createdAt: Date }> {
  const { tenant, name, key = newApiKey() } = options;
  const hash = hashOf(key);
  await ledger.db
    .insertInto('api_keys')
    .values({
      id: newId('key'),
      tenant,
      name,
      hash,
      scopes: [...options.scopes],
      revoked_at: null,
      requests_per_minute: options.requestsPerMinute ?? null,
      former_hash: null,
      former_until: null,
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
  const kept = await ledger.db
    .selectFrom('api_keys')
    .select(['id', 'tenant', 'created_at'])
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow();
  if (kept.tenant !== tenant) throw new LedgerError('api_key_taken', 'The API key is in use by another tenant');
  return { id: kept.id, key, createdAt: kept.created_at };
}

/**
 * The key behind a bearer token; null for an unknown or revoked one. After a rotation the former secret is accepted too,
 * for its grace period. Looked up by hash, so no comparison can be timed.
 */
export async function findApiKey(ledger: Pick<Ledger, 'db'>, key: string): Promise<ApiKey | null> {
  const hash = hashOf(key);
  const row = await ledger.db
    .selectFrom('api_keys')
    .select(['id', 'tenant', 'name', 'scopes', 'requests_per_minute'])
    .where((where) =>
      where.or([
        where('hash', '=', hash),
        where.and([where('former_hash', '=', hash), where('former_until', '>', sql<Date>`now()`)]),
      ]),
    )
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { requests_per_minute: requestsPerMinute, ...rest } = row;
  return { ...rest, scopes: knownScopes(row.scopes), requestsPerMinute };
}

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
 * one before that no longer. Null where the tenant has no such key, or it is revoked.
 */
export async function rotateApiKey(
  ledger: Pick<Ledger, 'db'>,
  { tenant, id, graceHours }: { tenant: string; id: string; graceHours: number },
): Promise<(ListedKey & { key: string }) | null> {
  const key = newApiKey();
  const row = await ledger.db
    .updateTable('api_keys')
    .set(({ ref }) => ({
      hash: hashOf(key),
      former_hash: graceHours > 0 ? ref('hash') : null,
      former_until: graceHours > 0 ? sql<Date>`now() + make_interval(hours => ${graceHours}::integer)` : null,
    }))
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .where('revoked_at', 'is', null)
    .returning(listed)
    .executeTakeFirst();
  return row === undefined ? null : { ...toListed(row), key };
}

/** Revokes a key at once, its former secret too; a second time changes nothing. False where the tenant has no such key. */
export async function revokeApiKey(ledger: Pick<Ledger, 'db'>, tenant: string, id: string): Promise<boolean> {
  const row = await ledger.db
    .updateTable('api_keys')
    .set({
      revoked_at: sql<Date>`coalesce(revoked_at, now())`,
      former_hash: null,
      former_until: null,
    })
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

const listed = [
  'id',
  'name',
  'scopes',
  'requests_per_minute',
  'created_at',
  'revoked_at',
  'former_until',
] as const satisfies readonly (keyof Tables['api_keys'])[];

function toListed(row: Pick<Selectable<Tables['api_keys']>, (typeof listed)[number]>): ListedKey {
  const { id, name, former_until: until } = row;
  return {
    id,
    name,
    scopes: knownScopes(row.scopes),
    requestsPerMinute: row.requests_per_minute,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    formerUntil: until !== null && until.getTime() > Date.now() ? until : null,
  };
}

/** A scope that a later version added is not one that this version can grant. */
const knownScopes = (stored: readonly string[]): Scope[] =>
  stored.filter((scope): scope is Scope => scopes.some((known) => known === scope));
