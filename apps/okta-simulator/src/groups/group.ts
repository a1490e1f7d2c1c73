import { z } from 'zod';

import { notFound, OktaError } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';
import type { Principal } from '../system-log/log-event.ts';

export const groupSchema = z.object({
  id: z.string(),
  type: z.enum(['OKTA_GROUP', 'APP_GROUP', 'BUILT_IN']),
  name: z.string(),
  description: z.string().nullable(),
  created: z.date(),
  last_updated: z.date(),
  last_membership_updated: z.date(),
});

export type Group = z.infer<typeof groupSchema>;

/** @throws OktaError 404 */
export async function findGroup(db: Queryable, id: string, lock: 'for no key update' | '' = ''): Promise<Group> {
  const [group] = await select(db, groupSchema, {
    text: `select * from org_group where id = $1 ${lock}`,
    values: [id],
  });
  if (group === undefined) throw notFound(id, 'UserGroup');
  return group;
}

/** The group, locked for a change by the API. @throws OktaError 404, or 403 for Everyone and for the groups of apps */
export async function findOwnGroup(db: Queryable, id: string): Promise<Group> {
  const group = await findGroup(db, id, 'for no key update');
  if (group.type !== 'OKTA_GROUP')
    throw new OktaError('E0000006', { causes: ['type: only a group of the type OKTA_GROUP can be changed'] });
  return group;
}

/** The group as a target of a log event. */
export function groupTarget(group: Pick<Group, 'id' | 'name'>): Principal {
  return { id: group.id, type: 'UserGroup', alternateId: 'unknown', displayName: group.name, detailEntry: null };
}
