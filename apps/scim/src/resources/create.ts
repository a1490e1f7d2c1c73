import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { createNewUser } from '@keycourier/ledger/directory/users/create-user';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import type { Presentation } from '@keycourier/scim-protocol/resources/present';
import { readUser } from '@keycourier/scim-protocol/resources/read-resource';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import type { Context } from '../context.ts';
import { originOf, writing } from '../http/in-directory.ts';
import type { ReadResource } from './rendered.ts';
import { showCreated, showWritten } from './show.ts';
import { write } from './write.ts';

/** A POST. A user who is new, as all of an import are, is one statement; everything else is a transaction of several. */
export async function createResource(
  context: Context,
  { connection, presentation }: { connection: Connection; presentation: Presentation },
  { resourceType, body }: { resourceType: ResourceTypeName; body: JsonValue | undefined },
): Promise<ReadResource & { location: string }> {
  const user =
    resourceType === 'User' ? await createNewUser(context.ledger, originOf(connection), readUser(body)) : null;
  if (user !== null) return showCreated(user, presentation);
  return writing(context, connection, async (scope) => {
    const written = await write(scope, { method: 'POST', resourceType }, { id: '', ifMatch: undefined, body });
    return showWritten(scope, { ...written, resourceType }, presentation);
  });
}
