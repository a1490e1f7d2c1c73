import { notFound } from '@keycourier/ledger/directory/refusal';
import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { locationOf, type Presentation } from '@keycourier/scim-protocol/resources/present';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import { showGroup } from '../groups/show-group.ts';
import { showUser } from '../users/show-user.ts';
import type { ReadResource } from './rendered.ts';
import { toScimError } from './write.ts';

const shows = { User: showUser, Group: showGroup } as const;
const nouns = { User: 'user', Group: 'group' } as const;

/** A resource as the scope's transaction, or the database, has it now. @throws ScimError 404 for another's, as for none */
export async function show(
  scope: ReadScope,
  { resourceType, id }: { resourceType: ResourceTypeName; id: string },
  presentation: Presentation,
): Promise<ReadResource & { location: string }> {
  const resource = await shows[resourceType](scope, id, presentation);
  if (resource === null) throw toScimError(notFound(nouns[resourceType]));
  return { ...resource, location: locationOf(id, resourceType, presentation.baseUrl) };
}
