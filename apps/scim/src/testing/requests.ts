import { z } from 'zod';

import type { Answer, CallOptions, RunningScim } from './running-scim.ts';

export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export const patchOf = (...operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

export const searchOf = (query: Record<string, unknown>) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
  ...query,
});

export const bulkOf = (...operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations: operations,
});

const withId = z.looseObject({ id: z.string() });

export const idOf = ({ body }: Answer): string => withId.parse(body).id;

/** The requests of a client, as short as a test needs them; each is checked for its success. */
export function clientOf({ call }: RunningScim, as?: CallOptions['as']) {
  const options = as === undefined ? {} : { as };
  const expectSuccess = (answer: Answer): Answer => {
    if (answer.status >= 300) throw new RangeError(`${answer.status} ${answer.text}`);
    return answer;
  };
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(method, path, body === undefined ? options : { ...options, body });
  const create = async (path: string, body: unknown) => idOf(expectSuccess(await send('POST', path, body)));
  const read = async (path: string) => expectSuccess(await send('GET', path)).body;
  const members = z.looseObject({ members: z.array(z.looseObject({ value: z.string() })).default([]) });
  return {
    send,
    read,
    user: (userName: string, more: Record<string, unknown> = {}) => create('/Users', { userName, ...more }),
    group: (displayName: string, ids: readonly string[] = []) =>
      create('/Groups', { displayName, members: ids.map((value) => ({ value })) }),
    patch: async (path: string, ...operations: unknown[]) =>
      expectSuccess(await send('PATCH', path, patchOf(...operations))),
    put: async (path: string, body: unknown) => expectSuccess(await send('PUT', path, body)),
    /** Ids of a group's members, in any order. */
    membersOf: async (id: string) =>
      members
        .parse(await read(`/Groups/${id}`))
        .members.map(({ value }) => value)
        .toSorted(),
    users: async (filter: string) =>
      z
        .looseObject({ Resources: z.array(withId) })
        .parse(await read(`/Users?filter=${encodeURIComponent(filter)}`))
        .Resources.map(({ id }) => id),
  };
}
