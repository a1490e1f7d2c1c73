import { matchesEtag, toEtag } from '@keycourier/scim-protocol/resources/etag';
import { readProjectionQuery } from '@keycourier/scim-protocol/resources/search-request';
import type { ResourceTypeName } from '@keycourier/scim-protocol/schemas/attribute';

import type { Handler, HandlerAtOnce, Route } from '../http/handler.ts';
import { reading, writing } from '../http/in-directory.ts';
import type { ScimAnswer } from '../http/scim-answer.ts';
import { createNewUser, createResource, type CreatedResource } from './create.ts';
import { listBySearch, listByQuery } from './list.ts';
import type { ReadResource } from './rendered.ts';
import { show } from './show.ts';
import { write } from './write.ts';

const bodies = { User: 'user', Group: 'group' } as const;

const endpoints: Readonly<Record<ResourceTypeName, string>> = { User: '/Users', Group: '/Groups' };

/** The routes of a type of resources (RFC 7644 §3.2, Table 2). */
export const resourceRoutes = (resourceType: ResourceTypeName): Route[] => {
  const path = endpoints[resourceType];
  const body = bodies[resourceType];
  const reads = { body: 'search', isWrite: false, readsPersonalData: true } as const;
  const writes = { body, isWrite: true, readsPersonalData: true } as const;
  return [
    { ...reads, method: 'get', path, handler: listByQuery(resourceType) },
    { ...reads, method: 'post', path: `${path}/.search`, handler: listBySearch(resourceType) },
    {
      ...writes,
      method: 'post',
      path,
      handler: create(resourceType),
      ...(resourceType === 'User' && { atOnce: createAtOnce }),
    },
    { ...reads, method: 'get', path: `${path}/:id`, handler: get(resourceType) },
    { ...writes, method: 'put', path: `${path}/:id`, handler: change(resourceType, 'PUT') },
    { ...writes, method: 'patch', path: `${path}/:id`, handler: change(resourceType, 'PATCH') },
    { ...writes, method: 'delete', path: `${path}/:id`, handler: remove(resourceType) },
  ];
};

/** §3.4.1. Users who are deactivated are found as all others are: Okta reads `active` of them. */
const get =
  (resourceType: ResourceTypeName): Handler =>
  async (context, { connection, params, query, baseUrl, ifNoneMatch }) => {
    const projection = readProjectionQuery(query, resourceType);
    const id = params['id'] ?? '';
    const resource = await reading(context, connection, (scope) =>
      show(scope, { resourceType, id }, { baseUrl, projection }),
    );
    const isKnown = ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, resource.version);
    return isKnown ? { status: 304, headers: { etag: toEtag(resource.version) } } : answer(resource);
  };

/** §3.3. One that is there already but inactive, or may be taken over, is answered 201 as well, with the id that it has. */
const create =
  (resourceType: ResourceTypeName): Handler =>
  async (context, { connection, query, baseUrl, readBody }) => {
    const presentation = { baseUrl, projection: readProjectionQuery(query, resourceType) };
    const body = await readBody();
    return answerCreated(await createResource(context, { connection, presentation }, { resourceType, body }));
  };

/** The same for a user who is new. */
const createAtOnce: HandlerAtOnce = async (context, { connection, query, baseUrl, readBody }) => {
  const presentation = { baseUrl, projection: readProjectionQuery(query, 'User') };
  const created = await createNewUser(context, { connection, presentation }, await readBody());
  return created === null ? null : answerCreated(created);
};

function answerCreated(resource: CreatedResource): ScimAnswer {
  const { headers, ...rest } = answer(resource);
  return { ...rest, status: 201, headers: { ...headers, location: resource.location } };
}

/** §3.5. Answered with the resource, which Okta reads; a group's many members only where they are asked for. */
const change =
  (resourceType: ResourceTypeName, method: 'PUT' | 'PATCH'): Handler =>
  async (context, { connection, params, query, baseUrl, ifMatch, readBody }) => {
    const projection = readProjectionQuery(query, resourceType);
    const body = await readBody();
    return writing(context, connection, async (scope) => {
      const { id } = await write(scope, { method, resourceType }, { id: params['id'] ?? '', ifMatch, body });
      // Entra takes no other answer to the PATCH of a group, Okta takes this one, too.
      if (resourceType === 'Group' && method === 'PATCH' && projection.only === null) return noContent;
      return answer(await show(scope, { resourceType, id }, { baseUrl, projection }));
    });
  };

/** §3.6. */
const remove =
  (resourceType: ResourceTypeName): Handler =>
  (context, { connection, params, ifMatch }) =>
    writing(context, connection, async (scope) => {
      await write(scope, { method: 'DELETE', resourceType }, { id: params['id'] ?? '', ifMatch, body: undefined });
      return noContent;
    });

const noContent: ScimAnswer = { status: 204 };

const answer = ({ pieces, version }: ReadResource): ScimAnswer => ({
  status: 200,
  pieces,
  headers: { etag: toEtag(version) },
});
