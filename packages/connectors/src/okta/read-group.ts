import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { segment } from '../http/segment.ts';
import type { OktaSdk } from './connect-sdk.ts';
import { orNull } from './or-null.ts';
import { groupSchema } from './schema.ts';

/** The group's name as it is now; null when there is no such group. */
export async function readGroup({ groups }: OktaSdk, groupId: string): ReturnType<IdentityPort['readGroup']> {
  const found = await orNull(async () => groups.getGroup({ groupId: segment('okta', groupId) }));
  if (found === null) return null;
  const { id, profile } = groupSchema.parse(found);
  return { id, name: profile.name };
}
