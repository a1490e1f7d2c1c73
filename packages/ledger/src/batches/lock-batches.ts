import { sql, type RawBuilder } from 'kysely';

import type { Tx } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';

const lockOf = (name: string): RawBuilder<unknown> => sql`hashtextextended(${name}::text, 0)`;
const batchesOf = (tenant: string): RawBuilder<unknown> => lockOf(`batches:${tenant}`);

/**
 * Lets one batch of a tenant at a time create its shipments, until the transaction ends: two that name the same people
 * in different orders would deadlock.
 */
export async function lockBatches(tx: Tx, tenant: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${batchesOf(tenant)})`.execute(tx);
}

/**
 * Lets single requests run at once, and one at a time for the same login. They do not wait for a batch of the tenant, which
 * may take long: the unique index knows the same person in both, and the check finds a login and an id that are one.
 */
export async function lockLogin(tx: Tx, tenant: string, loginIndex: string): Promise<void> {
  await lockingLogin(tenant, loginIndex).execute(tx);
}

/** Its statement. */
export const lockingLogin = (tenant: string, loginIndex: string): RawBuilder<unknown> =>
  sql`${prepared} select ${loginLock(tenant, loginIndex)}`;

/** The same as part of a statement. */
export const loginLock = (tenant: string | RawBuilder<unknown>, loginIndex: string | null): RawBuilder<unknown> =>
  sql`pg_advisory_xact_lock(hashtextextended('login:' || ${tenant}::text || ':' || ${loginIndex}::text, 0))`;
