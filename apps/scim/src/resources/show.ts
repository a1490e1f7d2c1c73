import type { ReadScope } from '@keycourier/ledger/directory/scope';
import type { StoredUser } from '@keycourier/ledger/directory/users/read-user';
import { locationOf, type Presentation } from '@keycourier/scim-protocol/resources/present';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import { showGroup } from '../groups/show-group.ts';
import { isId } from '../http/is-id.ts';
import { renderUser, showUser } from '../users/show-user.ts';
import type { ReadResource } from './rendered.ts';
import { noSuch } from './write.ts';
import type { Written } from './writes.ts';

const shows = { User: showUser, Group: showGroup } as const;

/** A resource as the scope's transaction, or the database, has it now. @throws ScimError 404 for another's, as for none */
export async function show(
  scope: ReadScope,
  { resourceType, id }: { resourceType: ResourceTypeName; id: string },
  presentation: Presentation,
): Promise<ReadResource & { location: string }> {
  const resource = isId(id) ? await shows[resourceType](scope, id, presentation) : null;
  if (resource === null) throw noSuch(resourceType);
  return { ...resource, location: locationOf(id, resourceType, presentation.baseUrl) };
}

/** What a write has made, without reading it where the write knows it. @throws ScimError 404 */
export async function showWritten(
  scope: ReadScope,
  { resourceType, id, user }: Written & { resourceType: ResourceTypeName },
  presentation: Presentation,
): Promise<ReadResource & { location: string }> {
  if (user === undefined) return show(scope, { resourceType, id }, presentation);
  return showCreated(user, presentation);
}

/** A user that a write has made, and knows. */
export const showCreated = (user: StoredUser, presentation: Presentation): ReadResource & { location: string } => ({
  ...renderUser(user, presentation),
  location: locationOf(user.id, 'User', presentation.baseUrl),
});
