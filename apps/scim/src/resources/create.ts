import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { readyToCreate } from '@keycourier/ledger/directory/users/create-user';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import type { Presentation } from '@keycourier/scim-protocol/resources/present';
import { readUser } from '@keycourier/scim-protocol/resources/read-resource';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import type { Context } from '../context.ts';
import { originOf, writing } from '../http/in-directory.ts';
import type { ReadResource } from './rendered.ts';
import { showCreated, showWritten } from './show.ts';
import { write } from './write.ts';

/**
 * Creates a user who is new, as all of an import are, by one statement, together with those of the same moment. Null for one
 * who may be known already, or is refused: then {@link createResource} finds out.
 */
export async function createNewUser(
  { ledger, createUser }: Context,
  { connection, presentation }: Creation,
  body: JsonValue | undefined,
): Promise<CreatedResource | null> {
  const origin = originOf(connection);
  const ready = readyToCreate({ ledger, db: ledger.db, origin }, readUser(body));
  const user = ready === null ? null : await createUser({ origin, user: ready });
  return user === null ? null : showCreated(user, presentation);
}

/** A POST as a transaction of several statements. */
export const createResource = (
  context: Context,
  { connection, presentation }: Creation,
  { resourceType, body }: { resourceType: ResourceTypeName; body: JsonValue | undefined },
): Promise<CreatedResource> =>
  writing(context, connection, async (scope) => {
    const written = await write(scope, { method: 'POST', resourceType }, { id: '', ifMatch: undefined, body });
    return showWritten(scope, { resourceType, ...written }, presentation);
  });

interface Creation {
  connection: Connection;
  presentation: Presentation;
}

export type CreatedResource = ReadResource & { location: string };
