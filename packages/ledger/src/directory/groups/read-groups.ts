import type { StoredGroup as ScimGroup } from '@keycourier/scim-protocol/resources/present';
import type { ListQuery } from '@keycourier/scim-protocol/resources/search-request';
import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';
import { badRequest } from '@keycourier/scim-protocol/scim-error';
import { sql, type RawBuilder } from 'kysely';

import { isVisible, ownerOf, type ReadScope } from '../scope.ts';
import { compileGroupFilter } from './compile-filter.ts';

/** A group without its members, which readMembers() has. */
export interface StoredGroup extends Omit<ScimGroup, 'members'> {
  /** A connection's id, or `manual`. */
  owner: string;
}

/** Null where the origin sees no such group. */
export async function readGroup(scope: ReadScope, id: string): Promise<StoredGroup | null> {
  const [group] = await readWhere(scope, sql`id = ${id}`, sql`limit 1`);
  return group ?? null;
}

/** A page of the visible groups. @throws ScimError `invalidFilter`, `invalidValue` for what groups have no column for */
export async function listGroups(
  scope: ReadScope,
  { filter, sortBy, sortOrder, startIndex, count }: Omit<ListQuery, 'projection'>,
): Promise<{ totalResults: number; groups: readonly StoredGroup[] }> {
  const where = filter === null ? sql`true` : compileGroupFilter(scope.origin, filter);
  const { rows } = await sql<{ count: string }>`
    select count(*) from directory_groups where ${isVisible(scope.origin, 'directory_groups')} and ${where}`.execute(
    scope.db,
  );
  const totalResults = Number(rows[0]?.count ?? 0);
  if (count === 0 || startIndex > totalResults) return { totalResults, groups: [] };
  const direction = sortOrder === 'descending' ? sql`desc` : sql`asc`;
  const order = sortBy === null ? sql`order by id` : sql`order by ${columnOf(scope, sortBy)} ${direction}, id`;
  const groups = await readWhere(scope, where, sql`${order} offset ${startIndex - 1} limit ${count}`);
  return { totalResults, groups };
}

/** Missing values are last in ascending order and first in descending order, as Postgres has it too. */
function columnOf({ origin }: ReadScope, { key }: AttributeReference): RawBuilder<unknown> {
  switch (key) {
    case 'id':
      return sql`id collate "C"`;
    case 'displayName':
      return sql`folded collate "C"`;
    case 'externalId':
      return sql`(case when owner = ${ownerOf(origin)} then external_id end) collate "C"`;
    case 'meta.created':
      return sql`created_at`;
    case 'meta.lastModified':
      return sql`last_modified`;
    default:
      throw badRequest(
        'invalidValue',
        `Groups cannot be sorted by ${key}: use id, displayName, externalId or the times of meta.`,
      );
  }
}

async function readWhere(
  { db, origin }: ReadScope,
  where: RawBuilder<unknown>,
  page: RawBuilder<unknown>,
): Promise<readonly StoredGroup[]> {
  const { rows } = await sql<Omit<StoredGroup, 'version'> & { version: string }>`
    select id, owner, display_name as "displayName", created_at as "createdAt", last_modified as "lastModified", version,
      case when owner = ${ownerOf(origin)} then external_id end as "externalId"
    from directory_groups where ${isVisible(origin, 'directory_groups')} and ${where} ${page}`.execute(db);
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}
