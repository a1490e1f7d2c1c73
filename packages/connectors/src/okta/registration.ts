import type { RegistrationCalls } from '@keycourier/journey/ports/registration';
import { z } from 'zod';

import { segment } from '../http/segment.ts';
import { orNull } from '../run-call.ts';
import { statusOf } from './read-user.ts';
import { groupSchema, userSchema } from './schema.ts';
import type { SendToOkta } from './send.ts';

const pathSegment = (id: string): string => encodeURIComponent(segment('okta', id));
const userPath = (userId: string): string => `/api/v1/users/${pathSegment(userId)}`;

type Target = Parameters<RegistrationCalls['readRegistration']>[2];

/** Without the SDK, which keeps neither the ETag nor the User-Agent of a request. */
export async function readRegistration(
  send: SendToOkta,
  userId: string,
  { attribute, group }: Target,
): ReturnType<RegistrationCalls['readRegistration']> {
  const answer = await orNull(() => send({ method: 'GET', path: userPath(userId) }));
  if (answer === null) return null;
  const user = userSchema.parse(answer.json);
  // Okta also accepts the part of a login before the @: another user is not the one that was requested.
  if (user.id !== userId) return null;
  return {
    status: statusOf(user.status),
    attribute: attribute === null ? null : (user.profile[attribute] ?? null),
    group: group === null ? null : await readMembership(send, user.id, group),
    version: answer.headers['etag'] ?? null,
  };
}

const groups = z.array(groupSchema);

/** Lists the user's groups, which are few, rather than the group's users, of which there may be 100,000. */
async function readMembership(
  send: SendToOkta,
  userId: string,
  group: NonNullable<Target['group']>,
): Promise<{ isMember: boolean; id: string | null }> {
  const found = await findMembership(send, userId, ({ id, profile }) =>
    group.id === undefined ? profile.name === group.name : id === group.id,
  );
  if (found !== null) return { isMember: true, id: found.id };
  return { isMember: false, id: group.id ?? (await findGroup(send, group.name)) };
}

/** Whether a user is in any of these groups. */
export const readMemberships = async (
  send: SendToOkta,
  userId: string,
  groupIds: readonly string[],
): Promise<boolean> => (await findMembership(send, userId, ({ id }) => groupIds.includes(id))) !== null;

async function findMembership(
  send: SendToOkta,
  userId: string,
  isIt: (group: z.output<typeof groupSchema>) => boolean,
): Promise<z.output<typeof groupSchema> | null> {
  let path: string | null = `${userPath(userId)}/groups`;
  for (let page = 0; path !== null && page < maxPages; page += 1) {
    const { json, headers } = await send({ method: 'GET', path });
    const found = groups.parse(json).find(isIt);
    if (found !== undefined) return found;
    path = nextPath(headers['link'] ?? '');
  }
  return null;
}

const maxPages = 100;

/** The path of the next page, from the links of an answer; null where it was the last. */
export function nextPath(link: string): string | null {
  const [, next] = /<([^>]+)>;\s*rel="next"/.exec(link) ?? [];
  if (next === undefined || !URL.canParse(next)) return null;
  const { pathname, search } = new URL(next);
  return pathname + search;
}

/** By its exact name; null where there is none, or several: then it is not known which is meant. */
async function findGroup(send: SendToOkta, name: string): Promise<string | null> {
  const quoted = name.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const search = encodeURIComponent(`profile.name eq "${quoted}"`);
  const { json } = await send({ method: 'GET', path: `/api/v1/groups?search=${search}&limit=10` });
  const [found, ...others] = groups.parse(json).filter(({ profile }) => profile.name === name);
  return others.length > 0 ? null : (found?.id ?? null);
}

/** POST is partial. PUT would remove every attribute that it does not name. */
export async function writeAttribute(
  send: SendToOkta,
  { userId, name, value, version, mark }: Parameters<RegistrationCalls['writeAttribute']>[1],
): Promise<string | null> {
  const { headers } = await send({
    method: 'POST',
    path: userPath(userId),
    body: JSON.stringify({ profile: { [name]: value } }),
    headers: { 'user-agent': mark, ...(version === null ? {} : { 'if-match': version }) },
  });
  return requestIdOf(headers);
}

/** Okta's event has it as `debugData.requestId` and as the id of its transaction. */
const requestIdOf = (headers: Readonly<Record<string, string>>): string | null => {
  const id = headers['x-okta-request-id'] ?? '';
  return /^[\w-]{1,100}$/.test(id) ? id : null;
};

/** Okta answers 204 to both, also where nothing changes. */
export async function setMembership(
  send: SendToOkta,
  { userId, groupId, isMember, mark }: Parameters<RegistrationCalls['setMembership']>[1],
): Promise<string | null> {
  const { headers } = await send({
    method: isMember ? 'PUT' : 'DELETE',
    path: `/api/v1/groups/${pathSegment(groupId)}/users/${pathSegment(userId)}`,
    headers: { 'user-agent': mark },
  });
  return requestIdOf(headers);
}
