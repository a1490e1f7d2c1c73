import { z } from 'zod';

import type { CallOptions, RunningScim } from './running-scim.ts';

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';

export const userBody = (userName: string, more: object = {}): object => ({ schemas: [userUrn], userName, ...more });

export const groupBody = (displayName: string, ids: readonly string[] = []): object => ({
  schemas: [groupUrn],
  displayName,
  members: ids.map((value) => ({ value })),
});

export const patchBody = (...operations: readonly object[]): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

const withId = z.looseObject({ id: z.string() });

/** Posts a resource. @returns its id */
export async function create(
  scim: RunningScim,
  path: '/Users' | '/Groups',
  body: object,
  options: Pick<CallOptions, 'as'> = {},
): Promise<string> {
  const answer = await scim.call('POST', path, { ...options, body });
  return withId.parse(answer.body).id;
}
