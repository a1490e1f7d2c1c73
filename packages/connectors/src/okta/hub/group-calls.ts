import type { FoundGroup } from '@keycourier/journey/hub/group-changes';
import { outsideId } from '@keycourier/journey/model/outside-id';
import type { GroupCalls } from '@keycourier/journey/ports/hub-groups';
import { z } from 'zod';

import { segment } from '../../http/segment.ts';
import { orNull } from '../../run-call.ts';
import { nextPath } from '../registration.ts';
import { idSchema } from '../schema.ts';
import type { SendToOkta } from '../send.ts';

const groupSchema = z.looseObject({
  id: outsideId,
  type: z.string().min(1),
  profile: z.looseObject({ name: z.string().min(1), description: z.string().nullish() }),
});

const toGroup = ({ id, type, profile }: z.output<typeof groupSchema>): FoundGroup => ({
  id,
  type,
  name: profile.name,
  description: profile.description ?? null,
});

const pathOf = (groupId: string): string => `/api/v1/groups/${encodeURIComponent(segment('okta', groupId))}`;
const profileOf = ({ name, description }: { name: string; description: string }): string =>
  JSON.stringify({ profile: { name, description } });

export async function findGroup(send: SendToOkta, groupId: string): Promise<FoundGroup | null> {
  const answer = await orNull(() => send({ method: 'GET', path: pathOf(groupId) }));
  return answer === null ? null : toGroup(groupSchema.parse(answer.json));
}

/** By `q`, a prefix of the name. */
export async function findGroupsNamed(send: SendToOkta, name: string): Promise<readonly FoundGroup[]> {
  const { json } = await send({ method: 'GET', path: `/api/v1/groups?q=${encodeURIComponent(name)}&limit=1000` });
  return z
    .array(groupSchema)
    .parse(json)
    .map(toGroup)
    .filter((group) => group.name === name);
}

export async function createGroup(
  send: SendToOkta,
  group: Parameters<GroupCalls['createGroup']>[1],
): Promise<FoundGroup> {
  const { json } = await send({ method: 'POST', path: '/api/v1/groups', body: profileOf(group) });
  return toGroup(groupSchema.parse(json));
}

export async function updateGroup(
  send: SendToOkta,
  { id, ...group }: Parameters<GroupCalls['updateGroup']>[1],
): Promise<void> {
  await send({ method: 'PUT', path: pathOf(id), body: profileOf(group) });
}

/** A group that is gone is as wanted. */
export async function deleteGroup(send: SendToOkta, groupId: string): Promise<void> {
  await orNull(() => send({ method: 'DELETE', path: pathOf(groupId) }));
}

/** Of a page of members Okta recommends 200 entries; each is a whole user. */
const pageSize = 200;

/** @param page the path of a page, out of the answer before it */
export async function listMembers(
  send: SendToOkta,
  groupId: string,
  page: string | null,
): ReturnType<GroupCalls['listMembers']> {
  const { json, headers } = await send({ method: 'GET', path: page ?? `${pathOf(groupId)}/users?limit=${pageSize}` });
  return {
    ids: z
      .array(idSchema)
      .parse(json)
      .map(({ id }) => id),
    next: nextPath(headers['link'] ?? ''),
  };
}
