import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { locationOf, type Presentation } from '@keycourier/scim-protocol/resources/present';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import { showGroup } from '../groups/show-group.ts';
import { isId } from '../http/is-id.ts';
import { showUser } from '../users/show-user.ts';
import type { ReadResource } from './rendered.ts';
import { noSuch } from './write.ts';

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
