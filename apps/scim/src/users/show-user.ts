import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { readUser } from '@keycourier/ledger/directory/users/read-user';
import { presentUser, type Presentation } from '@keycourier/scim-protocol/resources/present';

import { render } from '../resources/rendered.ts';
import type { Shown } from '../resources/show.ts';

export async function showUser(scope: ReadScope, id: string, presentation: Presentation): Promise<Shown | null> {
  const user = await readUser(scope, id, presentation.projection);
  return user === null ? null : { version: user.version, pieces: render(presentUser(user, presentation)) };
}
