import { notFound } from '@keycourier/ledger/directory/refusal';
import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { locationOf, type Presentation } from '@keycourier/scim-protocol/resources/present';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import { showGroup } from '../groups/show-group.ts';
import { showUser } from '../users/show-user.ts';
import type { Rendered } from './rendered.ts';
import { toScimError } from './write.ts';

export interface Shown {
  pieces: Rendered;
  version: number;
}

const shows = { User: showUser, Group: showGroup } as const;
const nouns = { User: 'user', Group: 'group' } as const;

/** A resource as the scope's transaction, or the database, has it now. @throws ScimError 404 for another's, as for none */
export async function show(
  scope: ReadScope,
  { resourceType, id }: { resourceType: ResourceTypeName; id: string },
  presentation: Presentation,
): Promise<Shown & { location: string }> {
  const shown = await shows[resourceType](scope, id, presentation);
  if (shown === null) throw toScimError(notFound(nouns[resourceType]));
  return { ...shown, location: locationOf(id, resourceType, presentation.baseUrl) };
}
