import { sql } from 'kysely';

import { inTransaction, type Database, type Ledger } from '../connect-ledger.ts';

/** A view of a list that a tenant's operators share. */
export interface SavedView {
  name: string;
  /** Below `/t/<tenant>`, as in `/shipments`. */
  path: string;
  /** Without a question mark. */
  query: string;
  createdBy: string;
  createdAt: Date;
}

export const maxSavedViews = 100;

/** What a view keeps of a page's filter. Nothing that may name a person: a login, a name, the number of a key or parcel. */
const saved = ['status', 'hold', 'cause', 'trigger', 'batch', 'since', 'until', 'dry', 'outcome'] as const;

/** A query string as it is saved. */
export function savedQuery(query: string): string {
  const whole = new URLSearchParams(query);
  return new URLSearchParams(
    saved.flatMap((name) => whole.getAll(name).map((value): [string, string] => [name, value])),
  ).toString();
}

/** Saves a view, instead of the one of that name. @returns false where the tenant has `maxSavedViews` others */
export async function saveView(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  { name, path, query, createdBy }: Omit<SavedView, 'createdAt'>,
): Promise<boolean> {
  const view = { path, query: savedQuery(query), created_by: createdBy, created_at: now() };
  return inTransaction(db, async (tx) => {
    // One at a time in a tenant, so that the limit is kept.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`saved views of ${tenant}`}, 0))`.execute(tx);
    if ((await countOthers(tx, tenant, name)) >= maxSavedViews) return false;
    await tx
      .insertInto('saved_views')
      .values({ tenant, name, ...view })
      .onConflict((conflict) => conflict.columns(['tenant', 'name']).doUpdateSet(view))
      .execute();
    return true;
  });
}

async function countOthers(tx: Database, tenant: string, name: string): Promise<number> {
  const others = await tx
    .selectFrom('saved_views')
    .select('name')
    .where('tenant', '=', tenant)
    .where('name', '!=', name)
    .limit(maxSavedViews)
    .execute();
  return others.length;
}

/** The views of a tenant, by name. */
export async function listViews({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<readonly SavedView[]> {
  const rows = await db
    .selectFrom('saved_views')
    .select(['name', 'path', 'query', 'created_by as createdBy', 'created_at as createdAt'])
    .where('tenant', '=', tenant)
    .orderBy('name')
    .limit(maxSavedViews)
    .execute();
  return rows;
}

/** @returns false where the tenant has no such view */
export async function deleteView({ db }: Pick<Ledger, 'db'>, tenant: string, name: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('saved_views')
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
