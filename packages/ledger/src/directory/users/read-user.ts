import type { StoredUserText as ScimUser } from '@keycourier/scim-protocol/resources/present';
import { wholeResource, type Projection } from '@keycourier/scim-protocol/resources/projection';
import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';
import { sql, type RawBuilder } from 'kysely';

import { prepared } from '../../prepared.ts';
import { parseStored } from '../parse-stored.ts';
import { isVisible, ownerOf, type ReadScope } from '../scope.ts';
import { parseLazily, unsealAttributes } from './attributes.ts';

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
  /** By name; null for none. */
  sealed: Readonly<Record<string, string>> | null;
}

/** Of the stored text of a page's users, in bytes: a page has fewer than were requested where they have more (docs/limits.md). */
export const maxPageBytes = 8_388_608;

/** The visible ones among these people, in this order. */
export async function readUsers(
  scope: ReadScope,
  ids: readonly string[],
  wanted: Wanted,
): Promise<readonly StoredUser[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Row>`${prepared}
    select ${columnsOf(scope, wanted)} from people
    where id = any(${[...ids]}::text[]) and ${isVisible(scope.origin, 'people')}`.execute(scope.db);
  const users = new Map(rows.map((row) => [row.id, toUser(scope, row)]));
  return ids.flatMap((id) => users.get(id) ?? []);
}

export interface PageToRead {
  /** An array of ids: a list, or a subquery. */
  ids: RawBuilder<unknown>;
  wanted: Wanted;
  /** Of the page, by columns of `people`: `order by …`. */
  order: RawBuilder<unknown>;
  /** One plan of its statement is as good for all values. */
  isRepeated: boolean;
}

export interface PageOfUsers {
  /** As many as a page may hold, from the first on. */
  users: readonly StoredUser[];
  /** How many there are of `ids`. */
  found: number;
}

/** The visible ones among these people, with their attributes, by one statement. */
export async function readPage(scope: ReadScope, { ids, wanted, order, isRepeated }: PageToRead): Promise<PageOfUsers> {
  const { rows } = await sql<Row & { found: number }>`${isRepeated ? prepared : sql``}
    select ${columnsOf(scope, wanted)}, found from (
      select people.*, count(*) over ()::int as found,
        sum(${bytesOf(wanted)}) over (${order} rows between unbounded preceding and 1 preceding) as bytes_before
      from people where id = any(${ids}) and ${isVisible(scope.origin, 'people')}
    ) as people where bytes_before is null or bytes_before < ${maxPageBytes} ${order}`.execute(scope.db);
  return { users: rows.map((row) => toUser(scope, row)), found: rows[0]?.found ?? 0 };
}

const columnsOf = (scope: ReadScope, wanted: Wanted): RawBuilder<unknown> => sql`
  id, owner, active, created_at as "createdAt", last_modified as "lastModified", version,
  ${isWanted(wanted, 'groups') ? groupsOf(scope) : sql`'[]'::json`} as groups, ${sealedOf(wanted)} as sealed`;

/** What is shown of each group of a user, about. */
const groupBytes = 200;

/** What a row of `people` adds to a page, by sizes alone: nothing is read for it. */
function bytesOf(wanted: Wanted): RawBuilder<unknown> {
  const attributes = sql`coalesce((
    select sum(pg_column_size(sealed)) from person_attributes where person_id = people.id and ${isNamed(wanted)}), 0)`;
  const groups = sql`(select count(*) from directory_members where person_id = people.id) * ${sql.lit(groupBytes)}`;
  return isWanted(wanted, 'groups') ? sql`${attributes} + ${groups}` : attributes;
}

function toUser({ ledger, origin }: ReadScope, { sealed, ...row }: Row): StoredUser {
  const texts = unsealAttributes(ledger, row.id, sealed ?? {});
  // An externalId is the owning connection's (RFC 7643 §3.1).
  if (row.owner !== ownerOf(origin)) texts.delete('externalId');
  const externalId = texts.get('externalId');
  return withAttributes(
    {
      ...row,
      version: Number(row.version),
      externalId: externalId === undefined ? null : textOf(parseStored(externalId)),
    },
    texts,
  );
}

/** A user of whom nothing that is stored is parsed yet. */
export function withAttributes(user: Omit<StoredUser, 'attributes' | 'texts'>, texts: StoredUser['texts']): StoredUser {
  const parse = parseLazily(texts);
  return {
    ...user,
    texts,
    get attributes() {
      return parse();
    },
  };
}

/**
 * The visible groups of a row of `people`, by name. Their rows are looked up from the memberships: without the fence Postgres
 * goes through all groups for each person, while its statistics say that there are few.
 */
const groupsOf = ({ origin }: ReadScope) => sql`(
  select coalesce(json_agg(json_build_object('id', of_person.id, 'displayName', display_name) order by folded), '[]')
  from directory_members cross join lateral (
    select id, display_name, folded from directory_groups
    where directory_groups.id = group_id and ${isVisible(origin, 'directory_groups')} offset 0
  ) as of_person where person_id = people.id)`;

/** What no row of `person_attributes` has. */
const computed: ReadonlySet<string> = new Set(['id', 'active', 'meta', 'schemas', 'groups']);

/** The wanted attributes of a row of `people`, sealed, by name. */
const sealedOf = (wanted: Wanted): RawBuilder<unknown> =>
  sql`(select json_object_agg(name, sealed) from person_attributes where person_id = people.id and ${isNamed(wanted)})`;

function isNamed({ only, except }: Wanted): RawBuilder<unknown> {
  const names = only?.filter((name) => !computed.has(name) && !except.includes(name)) ?? null;
  return names === null ? sql`name <> all(${[...except]}::text[])` : sql`name = any(${names}::text[])`;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
