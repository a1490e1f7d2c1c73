import { sql } from 'kysely';

import { isVisible, ownerOf, type ReadScope } from '../scope.ts';
import { etagOf } from '../version.ts';
import { readAttributes, type Attributes } from './attributes.ts';

export interface GroupOfUser {
  id: string;
  displayName: string;
}

export interface StoredUser {
  id: string;
  /** A connection's id, or `manual`. */
  owner: string;
  active: boolean;
  createdAt: Date;
  lastModified: Date;
  /** An ETag. */
  version: string;
  /** Those that were asked for and have a value, by the names that they are stored under. */
  attributes: Attributes;
  /** Undefined where they were not asked for. */
  groups: readonly GroupOfUser[] | undefined;
}

/** Names of stored attributes, and `groups`; null: all of them. Nothing else is read. */
export type Wanted = readonly string[] | null;

export async function readUser(scope: ReadScope, id: string, wanted: Wanted = null): Promise<StoredUser | null> {
  const [user] = await readUsers(scope, [id], wanted);
  return user ?? null;
}

interface Row {
  id: string;
  owner: string;
  active: boolean;
  createdAt: Date;
  lastModified: Date;
  version: string;
}

/** The visible ones among these people, in this order. */
export async function readUsers(
  scope: ReadScope,
  ids: readonly string[],
  wanted: Wanted,
): Promise<readonly StoredUser[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Row>`
    select id, owner, active, created_at as "createdAt", last_modified as "lastModified", version
    from people where id = any(${[...ids]}::text[]) and ${isVisible(scope.origin, 'people')}`.execute(scope.db);
  const found = new Map(rows.map((row) => [row.id, row]));
  const visible = ids.filter((id) => found.has(id));
  const attributes = await attributesToShow(scope, visible, wanted);
  const groups = wanted === null || wanted.includes('groups') ? await readGroupsOf(scope, visible) : undefined;
  return visible.flatMap((id) => {
    const row = found.get(id);
    if (row === undefined) return [];
    const all = attributes.get(id) ?? new Map();
    return {
      ...row,
      version: etagOf(row.version),
      attributes: row.owner === ownerOf(scope.origin) ? all : withoutExternalId(all),
      groups: groups === undefined ? undefined : (groups.get(id) ?? []),
    };
  });
}

const attributesToShow = (scope: ReadScope, ids: readonly string[], wanted: Wanted) => {
  const names = wanted?.filter((name) => name !== 'groups') ?? null;
  return names?.length === 0 ? new Map<string, Attributes>() : readAttributes(scope, ids, names);
};

/** An externalId is the owning connection's (RFC 7643 §3.1). */
const withoutExternalId = (all: Attributes): Attributes => new Map([...all].filter(([name]) => name !== 'externalId'));

/** The visible groups of people, by name. */
export async function readGroupsOf(
  { db, origin }: ReadScope,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, readonly GroupOfUser[]>> {
  const { rows } = await sql<GroupOfUser & { personId: string }>`
    select person_id as "personId", directory_groups.id, display_name as "displayName"
    from directory_members join directory_groups on directory_groups.id = group_id
    where person_id = any(${[...personIds]}::text[]) and ${isVisible(origin, 'directory_groups')}
    order by folded`.execute(db);
  const groups = new Map<string, GroupOfUser[]>();
  for (const { personId, id, displayName } of rows)
    groups.set(personId, [...(groups.get(personId) ?? []), { id, displayName }]);
  return groups;
}
