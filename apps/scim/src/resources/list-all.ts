import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { readListQuery, readSearchRequest, type ListQuery } from '@keycourier/scim-protocol/resources/search-request';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';
import { badRequest, ScimError } from '@keycourier/scim-protocol/scim-error';

import type { Handler, ScimRequest } from '../http/handler.ts';
import { reading } from '../http/in-directory.ts';
import { lists, type Found } from './list.ts';
import { renderList, type Rendered } from './rendered.ts';

/** RFC 7644 §3.4.2.1: a query at the connection's base URL is about users and groups, in this order. */
export const listAllByQuery: Handler = async (context, request) => {
  const { query } = request;
  return listAll(context, request, (resourceType) => readListQuery(query, resourceType));
};

/** RFC 7644 §3.4.3. */
export const listAllBySearch: Handler = async (context, request) => {
  const body = await request.readBody();
  return listAll(context, request, (resourceType) => readSearchRequest(body, resourceType));
};

type Read = (resourceType: ResourceTypeName) => ListQuery;

async function listAll(
  context: Parameters<Handler>[0],
  { connection, baseUrl }: ScimRequest,
  read: Read,
): ReturnType<Handler> {
  const queries = queriesOf(read);
  const [first] = queries;
  if (first === undefined)
    throw badRequest('invalidFilter', 'The filter names attributes that neither users nor groups have (see /Schemas).');
  if (first.query.sortBy !== null)
    throw badRequest('invalidValue', 'sortBy cannot be used for users and groups together: ask /Users or /Groups.');
  const found = await reading(context, connection, (scope) => findAll(scope, queries, baseUrl));
  return { status: 200, pieces: renderList({ ...first.query, ...found }, found.resources) };
}

interface TypedQuery {
  resourceType: ResourceTypeName;
  query: ListQuery;
}

/** A type of resources that lacks an attribute of the filter has none that fit; a fault that both find is the client's. */
function queriesOf(read: Read): readonly TypedQuery[] {
  const refused: ScimError[] = [];
  const queries = (['User', 'Group'] as const).flatMap((resourceType): TypedQuery[] => {
    try {
      return [{ resourceType, query: read(resourceType) }];
    } catch (error) {
      if (!(error instanceof ScimError) || error.scimType !== 'invalidFilter') throw error;
      refused.push(error);
      return [];
    }
  });
  const [error] = refused;
  if (queries.length === 0 && error !== undefined) throw error;
  return queries;
}

/** A page may begin among the users and end among the groups. */
async function findAll(scope: ReadScope, queries: readonly TypedQuery[], baseUrl: string): Promise<Found> {
  const resources: Rendered[] = [];
  let totalResults = 0;
  // A page that is full before its count is ends there: the next one goes on with what it lacks.
  let isCut = false;
  for (const { resourceType, query } of queries) {
    const startIndex = Math.max(1, query.startIndex - totalResults);
    const count: number = isCut ? 0 : query.count - resources.length;
    const found = await lists[resourceType](scope, { ...query, startIndex, count }, baseUrl);
    totalResults += found.totalResults;
    resources.push(...found.resources);
    isCut ||= found.resources.length < Math.min(count, found.totalResults - startIndex + 1);
  }
  return { totalResults, resources };
}
