import type { JsonValue } from '../json.ts';
import type { ResourceTypeName } from '../schemas/attribute.ts';
import type { ScimError } from '../scim-error.ts';

export type BulkMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request of a BulkRequest, as it is answered: what is wrong with it alone is an answer to it alone. */
export type BulkOperation = BulkRequestLine &
  ({ target: BulkTarget; refusal: null } | { target: null; refusal: ScimError });

interface BulkRequestLine {
  /** Its place in the request. */
  index: number;
  /** As it is echoed: null where the request has none that can be. */
  method: string | null;
  bulkId: string | null;
}

export interface BulkTarget {
  method: BulkMethod;
  resourceType: ResourceTypeName;
  /** Null for a POST; `bulkId:…` where another operation makes the resource. */
  id: string | null;
  /** The ETag that the resource has to have, as in `If-Match`. */
  version: string | null;
  data: JsonValue | undefined;
}

export interface BulkPlan {
  /** After so many errors the others are not done; null for no such limit. */
  failOnErrors: number | null;
  /** In the order in which they are done: each after those whose bulkIds it names. */
  operations: readonly BulkOperation[];
}
