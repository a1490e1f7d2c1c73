import type { ConnectionOptions } from '@keycourier/ledger/directory/connections/connection';
import { createConnection } from '@keycourier/ledger/directory/connections/connections';
import { call, type HttpResponse } from '@keycourier/local/clients/call';
import { z } from 'zod';

import { inLedger } from './ledger.ts';
import { StoryError } from './people.ts';
import type { World } from './world.ts';

/** A connection of a tenant, and a SCIM client of it beside Okta. */
export interface ScimAccess {
  id: string;
  /** What an admin copies into Okta. */
  url: string;
  token: string;
  send: (method: string, path: string, body?: unknown) => Promise<HttpResponse>;
}

/** With `url`, the address of the proxy. */
export async function createScimAccess(
  world: World,
  {
    url,
    tenant = world.stack.local.tenant,
    ...options
  }: Partial<ConnectionOptions> & { url: string; name: string; tenant?: string },
): Promise<ScimAccess> {
  const all = {
    sendEnrollmentMails: false,
    includeManual: false,
    readAll: false,
    takeOverByLocalPart: false,
    mapping: [],
    userNameRules: {},
    ...options,
  };
  const created = await inLedger(world, (ledger) =>
    createConnection(ledger, { tenant, createdBy: null, options: all }),
  );
  if (created.outcome !== 'created') throw new StoryError(`The connection ${options.name} is ${created.outcome}`);
  const { connection, token } = created;
  const base = `${url}/scim/v2/${connection.id}`;
  return {
    id: connection.id,
    url: base,
    token: token.secret,
    send: scimClient(base, token.secret),
  };
}

/** Sends requests below a connection's base URL. */
export const scimClient =
  (baseUrl: string, token: string): ScimAccess['send'] =>
  (method, path, body) =>
    call(method, baseUrl + path, { headers: { authorization: `Bearer ${token}` }, body });

const userShape = z.looseObject({
  id: z.string(),
  userName: z.string(),
  active: z.boolean(),
  externalId: z.string().optional(),
  meta: z.looseObject({ version: z.string(), lastModified: z.string() }),
});

export type ScimUser = z.infer<typeof userShape>;

const listOf = <Shape extends z.ZodType>(resource: Shape) =>
  z.looseObject({ totalResults: z.number(), Resources: z.array(resource).default([]) });

/** The one user of a user name, or null. */
export async function findScimUser({ send }: ScimAccess, userName: string): Promise<ScimUser | null> {
  const { body } = await send('GET', `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
  const { totalResults, Resources } = listOf(userShape).parse(body);
  if (totalResults > 1) throw new StoryError(`There are ${totalResults} users ${userName}`);
  return Resources[0] ?? null;
}

export async function scimUser(access: ScimAccess, userName: string): Promise<ScimUser> {
  const found = await findScimUser(access, userName);
  if (found === null) throw new StoryError(`There is no user ${userName}`);
  return found;
}

const groupShape = z.looseObject({
  id: z.string(),
  displayName: z.string(),
  members: z.array(z.looseObject({ value: z.string() })).default([]),
  meta: z.looseObject({ version: z.string(), lastModified: z.string() }),
});

export type ScimGroup = z.infer<typeof groupShape>;

/** The group of a name with all its members, or null. */
export async function findScimGroup({ send }: ScimAccess, name: string): Promise<ScimGroup | null> {
  const { body } = await send('GET', `/Groups?filter=${encodeURIComponent(`displayName eq "${name}"`)}`);
  const [found] = listOf(groupShape.omit({ members: true })).parse(body).Resources;
  return found === undefined ? null : groupShape.parse((await send('GET', `/Groups/${found.id}`)).body);
}

export const membersOf = async (access: ScimAccess, name: string): Promise<string[]> =>
  ((await findScimGroup(access, name))?.members ?? []).map(({ value }) => value).sort();
