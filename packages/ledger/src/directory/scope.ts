import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import pg from 'pg';

import type { Ledger, Tx } from '../connect-ledger.ts';
import type { Tables } from '../tables.ts';
import type { Connection } from './connections/connection.ts';

/** Who reads or writes: a tenant's operators, or a SCIM client by its connection. */
export type Origin = { kind: 'manual'; tenant: string } | { kind: 'connection'; connection: Connection };

export interface ReadScope {
  ledger: Ledger;
  db: Kysely<Tables>;
  origin: Origin;
}

/** A write, all in the caller's transaction. */
export interface Scope extends ReadScope {
  db: Tx;
  /** Whether memberships of a group with this name, or this id, make shipments. */
  isTriggerGroup: (displayName: string, groupId: string) => boolean;
}

/** The owner of what operators enter by hand. */
export const manualOwner = 'manual';

export const tenantOf = (origin: Origin): string =>
  origin.kind === 'manual' ? origin.tenant : origin.connection.tenant;

export const ownerOf = (origin: Origin): string => (origin.kind === 'manual' ? manualOwner : origin.connection.id);

export const connectionIdOf = (origin: Origin): string | null =>
  origin.kind === 'manual' ? null : origin.connection.id;

/** Whose people and groups are visible; null: the whole tenant's. An operator sees all, and writes what no client owns. */
export function visibleOwners(origin: Origin): readonly string[] | null {
  if (origin.kind === 'manual' || origin.connection.readAll) return null;
  return origin.connection.includeManual ? [origin.connection.id, manualOwner] : [origin.connection.id];
}

/** The condition on rows of `people` or `directory_groups` under the name `table`. */
export function isVisible(origin: Origin, table: string): RawBuilder<boolean> {
  const owners = visibleOwners(origin);
  const ofTenant = sql`${sql.ref(`${table}.tenant`)} = ${tenantOf(origin)}`;
  return owners === null
    ? sql<boolean>`(${ofTenant})`
    : sql<boolean>`(${ofTenant} and ${sql.ref(`${table}.owner`)} = any(${[...owners]}::text[]))`;
}

/** How a write of `origin` changes who owns a row: see docs/scim on taking over. */
export type Claim = 'own' | 'on_write' | 'on_change' | 'refused';

/** A row's owner. Its connection may have ended: then no client writes it any more. */
export interface Owned {
  owner: string;
  isOwnerRevoked: boolean;
}

/** Columns of `people` or `directory_groups` as an Owned. */
export const ownedColumns = sql`owner, connection_id is not null and exists (
  select from scim_connections where scim_connections.id = connection_id and revoked_at is not null) as "isOwnerRevoked"`;

/**
 * - `own`: it is theirs already
 * - `on_write`: any write claims what was made by hand, with *include manually provisioned users*; an operator's, what
 *   belongs to a revoked connection
 * - `on_change`: a write that changes something claims it, with *read all users*
 * - `refused`: an operator's write to what a client owns
 */
export function claimOf(origin: Origin, { owner, isOwnerRevoked }: Owned): Claim {
  if (owner === ownerOf(origin)) return 'own';
  if (origin.kind === 'manual') return isOwnerRevoked ? 'on_write' : 'refused';
  if (owner === manualOwner && origin.connection.includeManual) return 'on_write';
  return origin.connection.readAll ? 'on_change' : 'refused';
}

const isDeadlock = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '40P01';

/** Postgres may end both transactions of a circle: with a jittered backoff they do not meet there again. */
const afterDeadlock = retry(handleWhen(isDeadlock), {
  maxAttempts: 4,
  backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 500 }),
});

/**
 * One request, one transaction. Relays are notified after the commit, so that what it wrote into the inbox is looked at
 * at once. Requests that lock several groups or people, in bulk for instance, may wait for each other in a circle: then
 * `work` runs again from the start, so it keeps nothing between runs outside the transaction.
 */
export async function writeDirectory<Result>(
  ledger: Ledger,
  options: Pick<Scope, 'origin' | 'isTriggerGroup'>,
  work: (scope: Scope) => Promise<Result>,
): Promise<Result> {
  return inOneStatement(ledger, () => ledger.db.transaction().execute((db) => work({ ...options, ledger, db })));
}

/** The same for a write that is one statement: it needs no further ones to begin and to commit. */
export async function inOneStatement<Result>(ledger: Ledger, work: () => Promise<Result>): Promise<Result> {
  const result = await afterDeadlock.execute(work);
  ledger.notifier.notify();
  return result;
}
