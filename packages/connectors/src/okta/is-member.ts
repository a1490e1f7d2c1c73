import { segment } from '../http/segment.ts';
import type { OktaSdk } from './connect-sdk.ts';
import { orNull } from './or-null.ts';

/** Asks for the user's groups, of which there are few, and not for the group's users, of which there may be 100,000. */
export async function isMember({ users }: OktaSdk, groupId: string, userId: string): Promise<boolean> {
  const found = await orNull(async () => {
    for await (const group of await users.listUserGroups({ userId: segment('okta', userId) }))
      if (group?.id === groupId) return true;
    return false;
  });
  // Whom Okta does not know is in no group.
  return found ?? false;
}
