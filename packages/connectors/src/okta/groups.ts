import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { segment } from '../http/segment.ts';
import { orNull } from '../run-call.ts';
import type { OktaSdk } from './connect-sdk.ts';
import { groupSchema, idSchema } from './schema.ts';

/** The group with its current name; null when there is no such group. */
export async function readGroup({ groups }: OktaSdk, groupId: string): ReturnType<IdentityPort['readGroup']> {
  const found = await orNull(async () => groups.getGroup({ groupId: segment('okta', groupId) }));
  if (found === null) return null;
  const { id, profile } = groupSchema.parse(found);
  return { id, name: profile.name };
}

/**
 * Lists the user's groups, which are few, rather than the group's users, of which there may be 100,000. A user that Okta
 * does not know is a member of no group.
 */
export async function isMember({ users }: OktaSdk, groupId: string, userId: string): Promise<boolean> {
  const found = await orNull(async () => {
    for await (const group of await users.listUserGroups({ userId: segment('okta', userId) }))
      if (idSchema.safeParse(group).data?.id === groupId) return true;
    return false;
  });
  return found ?? false;
}
