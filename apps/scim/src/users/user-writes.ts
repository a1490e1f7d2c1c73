import { createUser } from '@keycourier/ledger/directory/users/create-user';
import { deleteUser } from '@keycourier/ledger/directory/users/delete-user';
import { patchUser } from '@keycourier/ledger/directory/users/patch-user';
import { replaceUser } from '@keycourier/ledger/directory/users/replace-user';
import { readUserPatch } from '@keycourier/scim-protocol/patch/read-patch';
import { readUser } from '@keycourier/scim-protocol/resources/read-resource';

import type { Writes } from '../resources/writes.ts';

/** RFC 7644 §3.3, §3.5 and §3.6. Okta sends no DELETE; Entra does, 30 days after it has disabled a user. */
export const userWrites: Writes = {
  POST: (scope, { body }) => createUser(scope, readUser(body)),
  PUT: (scope, { id, ifMatch, body }) => replaceUser(scope, { id, ifMatch }, readUser(body)),
  PATCH: (scope, { id, ifMatch, body }) => patchUser(scope, { id, ifMatch }, readUserPatch(body)),
  DELETE: (scope, { id, ifMatch }) => deleteUser(scope, { id, ifMatch }),
};
