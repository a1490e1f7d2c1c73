import { foldCase } from '@keycourier/scim-protocol/fold-case';
import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';

export interface GroupQuery {
  tenant: string;
  /** A connection's id, or `manual`. */
  owner?: string | undefined;
  /** In any letter case. */
  displayName?: string | undefined;
  id?: string | undefined;
  /** The id of the last group of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface ListedGroup {
  id: string;
  displayName: string;
  owner: string;
  members: number;
  createdAt: Date;
  lastModified: Date;
}

/** A page of a tenant's groups for its operators, newest first; `nextCursor` is null on the last one. */
export async function listGroupsForOperators(
  { db }: Pick<Ledger, 'db'>,
  { tenant, owner, displayName, id, before, limit }: GroupQuery,
): Promise<{ items: readonly ListedGroup[]; nextCursor: string | null }> {
  const conditions = [sql`tenant = ${tenant}`];
  if (owner !== undefined) conditions.push(sql`owner = ${owner}`);
  if (displayName !== undefined) conditions.push(sql`folded = ${foldCase(displayName)}`);
  if (id !== undefined) conditions.push(sql`id = ${id}`);
  if (before !== undefined) conditions.push(sql`id < ${before}`);
  const { rows } = await sql<Omit<ListedGroup, 'members'> & { members: string }>`
    select id, display_name as "displayName", owner, created_at as "createdAt", last_modified as "lastModified",
      (select count(*) from directory_members where group_id = directory_groups.id) as members
    from directory_groups where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db);
  const items = rows.slice(0, limit).map((row) => ({ ...row, members: Number(row.members) }));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
