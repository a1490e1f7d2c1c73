import { toErrorBody } from '../error-body.ts';
import type { JsonObject } from '../json.ts';
import { ScimError } from '../scim-error.ts';
import type { BulkOperation } from './bulk-operation.ts';

const bulkResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

export interface BulkResult {
  operation: BulkOperation;
  /** URL of the resource; null for a POST that failed. */
  location: string | null;
  outcome: { status: number; etag: string | null } | ScimError;
}

/** How the operations ended (RFC 7644 §3.7.3), in the order in which they were done. */
export const toBulkResponse = (results: readonly BulkResult[]): JsonObject => ({
  schemas: [bulkResponseUrn],
  Operations: results.map(toLine),
});

function toLine({ operation: { method, bulkId }, location, outcome }: BulkResult): JsonObject {
  const line = {
    ...(method === null ? {} : { method }),
    ...(bulkId === null ? {} : { bulkId }),
    ...(location === null ? {} : { location }),
    status: String(outcome.status),
  };
  if (outcome instanceof ScimError) return { ...line, response: toErrorBody(outcome) };
  return outcome.etag === null ? line : { ...line, version: outcome.etag };
}
