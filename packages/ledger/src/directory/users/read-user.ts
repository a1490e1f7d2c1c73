import type { StoredUser as ScimUser } from '@keycourier/scim-protocol/resources/present';
import { wholeResource, type Projection } from '@keycourier/scim-protocol/resources/projection';
import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';
import { sql } from 'kysely';

import { isVisible, ownerOf, type ReadScope } from '../scope.ts';
import { readAttributes, type Attributes } from './attributes.ts';

/** A user as far as it was asked for: of `attributes`, `externalId` and `groups`, nothing else has been read. */
export interface StoredUser extends ScimUser {
  /** A connection's id, or `manual`. */
  owner: string;
}

/** Which stored attributes are read, `groups` among them; `only` null: all but `except`. */
export interface Wanted {
  only: readonly string[] | null;
  except: readonly string[];
}

/** What a projection can show anything of. */
export const wantedOf = ({ only, except }: Projection): Wanted => ({
  only: only?.map(({ stored }) => stored) ?? null,
  except: except.filter(isWhole).map(({ stored }) => stored),
});

const isWhole = ({ stored, attribute, sub }: AttributeReference): boolean =>
  sub === null && (attribute === null || !stored.includes(':'));

const isWanted = ({ only, except }: Wanted, name: string): boolean =>
  (only === null || only.includes(name)) && !except.includes(name);

/** Null where the origin sees no such user. */
export async function readUser(
  scope: ReadScope,
  id: string,
  projection: Projection = wholeResource,
): Promise<StoredUser | null> {
  const [user] = await readUsers(scope, [id], wantedOf(projection));
  return user ?? null;
}

interface Row {
  id: string;
  owner: string;
  active: boolean;
  createdAt: Date;
  lastModified: Date;
  version: string;
  groups: StoredUser['groups'];
}

/** The visible ones among these people, in this order. */
export async function readUsers(
  scope: ReadScope,
  ids: readonly string[],
  wanted: Wanted,
): Promise<readonly StoredUser[]> {
  if (ids.length === 0) return [];
  const groups = isWanted(wanted, 'groups') ? groupsOf(scope) : sql`'[]'::json`;
  const { rows } = await sql<Row>`
    select id, owner, active, created_at as "createdAt", last_modified as "lastModified", version, ${groups} as groups
    from people where id = any(${[...ids]}::text[]) and ${isVisible(scope.origin, 'people')}`.execute(scope.db);
  const found = new Map(rows.map((row) => [row.id, row]));
  const visible = ids.flatMap((id) => found.get(id) ?? []);
  const attributes = await attributesToShow(
    scope,
    visible.map(({ id }) => id),
    wanted,
  );
  return visible.map((row) => {
    const all: Attributes = attributes.get(row.id) ?? new Map();
    const isOwn = row.owner === ownerOf(scope.origin);
    return {
      ...row,
      version: Number(row.version),
      attributes: isOwn ? all : withoutExternalId(all),
      externalId: isOwn ? textOf(all.get('externalId')) : null,
    };
  });
}

/** The visible groups of a row of `people`, by name. */
const groupsOf = ({ origin }: ReadScope) => sql`(
  select coalesce(json_agg(json_build_object('id', directory_groups.id, 'displayName', display_name) order by folded), '[]')
  from directory_members join directory_groups on directory_groups.id = group_id
  where person_id = people.id and ${isVisible(origin, 'directory_groups')})`;

/** What no row of `person_attributes` has. */
const computed: ReadonlySet<string> = new Set(['id', 'active', 'meta', 'schemas', 'groups']);

async function attributesToShow(scope: ReadScope, ids: readonly string[], { only, except }: Wanted) {
  const names = only?.filter((name) => !computed.has(name) && !except.includes(name)) ?? null;
  return names?.length === 0 ? new Map<string, Attributes>() : readAttributes(scope, ids, names ?? { allBut: except });
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** An externalId is the owning connection's (RFC 7643 §3.1). */
const withoutExternalId = (all: Attributes): Attributes => new Map([...all].filter(([name]) => name !== 'externalId'));
