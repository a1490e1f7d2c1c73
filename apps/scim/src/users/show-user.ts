import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { readUser, type StoredUser } from '@keycourier/ledger/directory/users/read-user';
import { presentUserText, type Presentation } from '@keycourier/scim-protocol/resources/present';

import type { ReadResource } from '../resources/rendered.ts';

export async function showUser(scope: ReadScope, id: string, presentation: Presentation): Promise<ReadResource | null> {
  const user = await readUser(scope, id, presentation.projection);
  return user === null ? null : renderUser(user, presentation);
}

export const renderUser = (user: StoredUser, presentation: Presentation): ReadResource => ({
  version: user.version,
  pieces: [presentUserText(user, presentation)],
});
