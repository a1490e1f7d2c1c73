import type { JsonObject, JsonValue } from '../json.ts';
import type { ResourceTypeName } from '../schemas/attribute.ts';
import { groupUrn, userUrn } from '../schemas/schemas.ts';
import { toEtag } from './etag.ts';
import { isWholeResource, project, type Projection } from './projection.ts';

/** What is known of every resource. */
interface Stored {
  id: string;
  externalId: string | null;
  createdAt: Date;
  lastModified: Date;
  /** Counts up with each change. */
  version: number;
}

export interface StoredUser extends Stored {
  active: boolean;
  /** By the name that they are stored under, `userName` among them; at least those that the projection names. */
  attributes: ReadonlyMap<string, JsonValue>;
  groups: readonly { id: string; displayName: string }[];
}

export interface StoredUserText extends StoredUser {
  /** The attributes as JSON, as they are stored. */
  texts: ReadonlyMap<string, string>;
}

export interface StoredGroup extends Stored {
  displayName: string;
  members: readonly { id: string; display?: string }[];
}

export interface Presentation {
  /** The connection's base URL, without a slash at its end. */
  baseUrl: string;
  projection: Projection;
}

/** A user as SCIM shows it, in the RFC's order of attributes; `schemas` names the extensions that it has something of. */
export function presentUser(user: StoredUser, { baseUrl, projection }: Presentation): JsonObject {
  const presented = project(
    { ...head(user), ...Object.fromEntries(user.attributes), ...tail(user, baseUrl) },
    projection,
  );
  return { schemas: schemasOf(Object.keys(presented)), ...presented };
}

/** The same as JSON. What is stored is not parsed for a whole user: of a page of them, that would be a third of the work. */
export function presentUserText(user: StoredUserText, presentation: Presentation): string {
  const { baseUrl, projection } = presentation;
  if (!isWholeResource(projection)) return JSON.stringify(presentUser(user, presentation));
  const start = JSON.stringify({ schemas: schemasOf([...user.texts.keys()]), ...head(user) }).slice(0, -1);
  let stored = '';
  for (const [name, text] of user.texts) if (name !== 'externalId') stored += `,${JSON.stringify(name)}:${text}`;
  return `${start}${stored},${JSON.stringify(tail(user, baseUrl)).slice(1)}`;
}

const schemasOf = (names: readonly string[]): string[] => [userUrn, ...names.filter((name) => name.includes(':'))];

/** What of a user is computed, or a column. */
function tail(user: StoredUser, baseUrl: string): JsonObject {
  const groups = user.groups.map(({ id, displayName }) => ({
    value: id,
    $ref: `${baseUrl}/Groups/${id}`,
    display: displayName,
    type: 'direct',
  }));
  return {
    active: user.active,
    ...(groups.length === 0 ? {} : { groups }),
    meta: metaOf(user, 'User', baseUrl),
  };
}

export function presentGroup(group: StoredGroup, { baseUrl, projection }: Presentation): JsonObject {
  const members = group.members.map(({ id, display }) => ({
    value: id,
    $ref: `${baseUrl}/Users/${id}`,
    ...(display === undefined ? {} : { display }),
    type: 'User',
  }));
  const presented = project(
    {
      ...head(group),
      displayName: group.displayName,
      ...(members.length === 0 ? {} : { members }),
      meta: metaOf(group, 'Group', baseUrl),
    },
    projection,
  );
  return { schemas: [groupUrn], ...presented };
}

const head = ({ id, externalId }: Stored): JsonObject => ({ id, ...(externalId === null ? {} : { externalId }) });

const endpoints: Readonly<Record<ResourceTypeName, string>> = { User: 'Users', Group: 'Groups' };

/** The URL of a resource: `meta.location`, and the header `Location`. */
export const locationOf = (id: string, resourceType: ResourceTypeName, baseUrl: string): string =>
  `${baseUrl}/${endpoints[resourceType]}/${id}`;

const metaOf = (
  { id, createdAt, lastModified, version }: Stored,
  resourceType: ResourceTypeName,
  baseUrl: string,
): JsonObject => ({
  resourceType,
  created: createdAt.toISOString(),
  lastModified: lastModified.toISOString(),
  location: locationOf(id, resourceType, baseUrl),
  version: toEtag(version),
});
