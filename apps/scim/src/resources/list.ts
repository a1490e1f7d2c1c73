import { listGroups } from '@keycourier/ledger/directory/groups/read-groups';
import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { listUsers } from '@keycourier/ledger/directory/users/list-users';
import type { JsonObject } from '@keycourier/scim-protocol/json';
import { toListResponse } from '@keycourier/scim-protocol/resources/list-response';
import { presentUser } from '@keycourier/scim-protocol/resources/present';
import { readListQuery, readSearchRequest, type ListQuery } from '@keycourier/scim-protocol/resources/search-request';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import { presentWithMembers } from '../groups/show-group.ts';
import type { Handler } from '../http/handler.ts';
import { reading } from '../http/in-directory.ts';

/** RFC 7644 §3.4.2. */
export const listByQuery =
  (resourceType: ResourceTypeName): Handler =>
  async (context, { connection, baseUrl, query }) => {
    const list = readListQuery(query, resourceType);
    const body = await reading(context, connection, (scope) => lists[resourceType](scope, list, baseUrl));
    return { status: 200, body };
  };

/** RFC 7644 §3.4.3: the same, with what would be in the URL in a body, which no proxy logs. */
export const listBySearch =
  (resourceType: ResourceTypeName): Handler =>
  async (context, { connection, baseUrl, readBody }) => {
    const list = readSearchRequest(await readBody(), resourceType);
    const body = await reading(context, connection, (scope) => lists[resourceType](scope, list, baseUrl));
    return { status: 200, body };
  };

type List = (scope: ReadScope, query: ListQuery, baseUrl: string) => Promise<JsonObject>;

const lists: Readonly<Record<ResourceTypeName, List>> = {
  User: async (scope, query, baseUrl) => {
    const { totalResults, users } = await listUsers(scope, query);
    const presentation = { baseUrl, projection: query.projection };
    const resources = users.map((user) => presentUser(user, presentation));
    return toListResponse({ totalResults, startIndex: query.startIndex, resources });
  },
  Group: async (scope, query, baseUrl) => {
    const { totalResults, groups } = await listGroups(scope, query);
    const presentation = { baseUrl, projection: query.projection };
    const resources: JsonObject[] = [];
    for (const group of groups) resources.push(await presentWithMembers(scope, group, presentation));
    return toListResponse({ totalResults, startIndex: query.startIndex, resources });
  },
};
