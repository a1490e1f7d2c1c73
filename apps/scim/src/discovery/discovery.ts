import type { JsonObject } from '@keycourier/scim-protocol/json';
import { toListResponse } from '@keycourier/scim-protocol/resources/list-response';
import {
  presentResourceTypes,
  presentSchemas,
  presentServiceProviderConfig,
} from '@keycourier/scim-protocol/schemas/discovery';
import { ScimError } from '@keycourier/scim-protocol/scim-error';

import type { Handler, ScimRequest } from '../http/handler.ts';
import { answerJson, type ScimAnswer } from '../http/scim-answer.ts';

/** What the service can do, as its clients discover it (RFC 7644 §4). SailPoint does not start without. */
const documentationUri = 'https://github.com/keycourier/keycourier/blob/main/docs/scim/supported.md';

export const getServiceProviderConfig: Handler = async (_context, { baseUrl, query }) => {
  refuseFilter(query);
  return answerJson(200, presentServiceProviderConfig(baseUrl, documentationUri));
};

export const listSchemas: Handler = async (_context, request) => list(request, presentSchemas(request.baseUrl));

export const getSchema: Handler = async (_context, request) => one(request, presentSchemas(request.baseUrl));

export const listResourceTypes: Handler = async (_context, request) =>
  list(request, presentResourceTypes(request.baseUrl));

export const getResourceType: Handler = async (_context, request) =>
  one(request, presentResourceTypes(request.baseUrl));

function list({ query }: ScimRequest, resources: readonly JsonObject[]): ScimAnswer {
  refuseFilter(query);
  return answerJson(200, toListResponse({ totalResults: resources.length, startIndex: 1, resources }));
}

function one({ params, query }: ScimRequest, resources: readonly JsonObject[]): ScimAnswer {
  refuseFilter(query);
  const found = resources.find(({ id }) => id === params['id']);
  if (found === undefined)
    throw new ScimError('There is no such schema or resource type: /Schemas and /ResourceTypes list what there is.', {
      status: 404,
    });
  return answerJson(200, found);
}

/** RFC 7644 §4: a filter here is forbidden. */
function refuseFilter(query: URLSearchParams): void {
  if (query.has('filter'))
    throw new ScimError('Schemas, resource types and the configuration cannot be filtered: leave the filter out.', {
      status: 403,
    });
}
