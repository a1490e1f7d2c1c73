import type { JsonObject } from './json.ts';
import type { ScimError } from './scim-error.ts';

export const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** How SCIM answers an error (RFC 7644 §3.12): the status is a text. */
export const toErrorBody = ({ message, status, scimType }: ScimError): JsonObject => ({
  schemas: [errorUrn],
  ...(scimType === null ? {} : { scimType }),
  detail: message,
  status: String(status),
});
