import { createGroup } from '@keycourier/ledger/directory/groups/create-group';
import { deleteGroup, patchGroup, replaceGroup } from '@keycourier/ledger/directory/groups/write-group';
import { readGroupPatch } from '@keycourier/scim-protocol/patch/read-group-patch';
import { readGroup } from '@keycourier/scim-protocol/resources/read-resource';

import type { Writes } from '../resources/writes.ts';

/** RFC 7644 §3.3, §3.5 and §3.6. Okta deletes a group when it is unlinked so. */
export const groupWrites: Writes = {
  POST: (scope, { body }) => createGroup(scope, readGroup(body)),
  PUT: (scope, { id, ifMatch, body }) => replaceGroup(scope, { id, ifMatch }, readGroup(body)),
  PATCH: (scope, { id, ifMatch, body }) => patchGroup(scope, { id, ifMatch }, readGroupPatch(body)),
  DELETE: (scope, { id, ifMatch }) => deleteGroup(scope, { id, ifMatch }),
};
