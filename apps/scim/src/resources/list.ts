import { listGroups } from '@keycourier/ledger/directory/groups/read-groups';
import type { ReadScope } from '@keycourier/ledger/directory/scope';
import { listUsers } from '@keycourier/ledger/directory/users/list-users';
import { presentUserText } from '@keycourier/scim-protocol/resources/present';
import { readListQuery, readSearchRequest, type ListQuery } from '@keycourier/scim-protocol/resources/search-request';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import { renderGroup } from '../groups/show-group.ts';
import type { Handler } from '../http/handler.ts';
import { reading } from '../http/in-directory.ts';
import { renderList, type Rendered } from './rendered.ts';

/** RFC 7644 §3.4.2. */
export const listByQuery =
  (resourceType: ResourceTypeName): Handler =>
  async (context, { connection, baseUrl, query }) => {
    const list = readListQuery(query, resourceType);
    const found = await reading(context, connection, (scope) => lists[resourceType](scope, list, baseUrl));
    return { status: 200, pieces: renderList({ ...list, ...found }, found.resources) };
  };

/** RFC 7644 §3.4.3: the same, with what would be in the URL in a body, which no proxy logs. */
export const listBySearch =
  (resourceType: ResourceTypeName): Handler =>
  async (context, { connection, baseUrl, readBody }) => {
    const list = readSearchRequest(await readBody(), resourceType);
    const found = await reading(context, connection, (scope) => lists[resourceType](scope, list, baseUrl));
    return { status: 200, pieces: renderList({ ...list, ...found }, found.resources) };
  };

export interface Found {
  /** Of all that fits, not of this page. */
  totalResults: number;
  resources: readonly Rendered[];
}

/** Characters of a page of groups, with their members: it ends with the group that exceeds them (docs/limits.md). */
const maxPageLength = 8_388_608;

type List = (scope: ReadScope, query: ListQuery, baseUrl: string) => Promise<Found>;

export const lists: Readonly<Record<ResourceTypeName, List>> = {
  User: async (scope, query, baseUrl) => {
    const { totalResults, users } = await listUsers(scope, query);
    const presentation = { baseUrl, projection: query.projection };
    return { totalResults, resources: users.map((user) => [presentUserText(user, presentation)]) };
  },
  Group: async (scope, query, baseUrl) => {
    const { totalResults, groups } = await listGroups(scope, query);
    const presentation = { baseUrl, projection: query.projection };
    const resources: Rendered[] = [];
    let length = 0;
    for (const group of groups) {
      if (length > maxPageLength) break;
      const rendered = await renderGroup(scope, group, presentation);
      length += rendered.reduce((sum, piece) => sum + piece.length, 0);
      resources.push(rendered);
    }
    return { totalResults, resources };
  },
};
