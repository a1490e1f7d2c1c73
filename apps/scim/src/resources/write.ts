import type { Refusal } from '@keycourier/ledger/directory/refusal';
import type { Scope } from '@keycourier/ledger/directory/scope';
import type { BulkMethod } from '@keycourier/scim-protocol/bulk/bulk-operation';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';
import { ScimError } from '@keycourier/scim-protocol/scim-error';

import { groupWrites } from '../groups/group-writes.ts';
import { isId } from '../http/is-id.ts';
import { userWrites } from '../users/user-writes.ts';
import type { WriteRequest, Writes, Written } from './writes.ts';

const writes: Readonly<Record<ResourceTypeName, Writes>> = { User: userWrites, Group: groupWrites };

/**
 * One write of one resource, in the caller's transaction: the same for a request of its own and for an operation in bulk.
 * @throws ScimError for a refusal; nothing may be committed then
 */
export async function write(
  scope: Scope,
  { method, resourceType }: { method: BulkMethod; resourceType: ResourceTypeName },
  request: WriteRequest,
): Promise<Written> {
  if (method !== 'POST' && !isId(request.id)) throw noSuch(resourceType);
  const result = await writes[resourceType][method](scope, request);
  if (isRefused(result)) throw result.reason === 'not_found' ? noSuch(resourceType) : toScimError(result);
  return result;
}

const nouns = { User: 'user', Group: 'group' } as const;

/** What is another's looks the same as what is not there. */
export const noSuch = (resourceType: ResourceTypeName): ScimError =>
  new ScimError(
    `This connection sees no ${nouns[resourceType]} with this id: provision the ${nouns[resourceType]} again, or check which records the connection may read.`,
    { status: 404 },
  );

const isRefused = (result: { outcome: string } | Refusal): result is Refusal => result.outcome === 'refused';

const toScimError = ({ status, scimType, detail }: Refusal): ScimError =>
  new ScimError(detail, scimType === null ? { status } : { status, scimType });
