import type { JsonObject } from '../json.ts';

const listResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

interface List {
  /** Of all that fits, not of this page. */
  totalResults: number;
  startIndex: number;
  resources: readonly JsonObject[];
}

/** One page (RFC 7644 §3.4.2). `itemsPerPage` is the number that it really has: Okta's certification refuses any other. */
export const toListResponse = ({ totalResults, startIndex, resources }: List): JsonObject => ({
  schemas: [listResponseUrn],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
});
