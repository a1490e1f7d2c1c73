import { z } from 'zod';

import { notFound } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';

/** With the name of the org's group, and what the app's server calls the pushed one. */
export const mappingSchema = z.object({
  id: z.string(),
  app_id: z.string(),
  group_id: z.string(),
  group_name: z.string(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'ERROR']),
  target_name: z.string().nullable(),
  target_id: z.string().nullable(),
  external_id: z.string().nullable(),
  error_summary: z.string(),
  last_push: z.date().nullable(),
  created: z.date(),
  last_updated: z.date(),
});

export type PushMapping = z.infer<typeof mappingSchema>;

/** The start of every query of mappings. */
export const selectMappings = `select group_push.*, org_group.name as group_name, external_id from group_push
  join org_group on org_group.id = group_push.group_id
  left join app_target_group on app_target_group.id = group_push.target_id`;

export async function readMapping(db: Queryable, id: string): Promise<PushMapping | undefined> {
  const values = [id];
  const [mapping] = await select(db, mappingSchema, { text: `${selectMappings} where group_push.id = $1`, values });
  return mapping;
}

/** A mapping of the app. @throws OktaError 404 */
export async function findMapping(db: Queryable, appId: string, id: string): Promise<PushMapping> {
  const mapping = await readMapping(db, id);
  if (mapping?.app_id !== appId) throw notFound(id, 'GroupPushMapping');
  return mapping;
}

/** The name that the group has on the app's server. */
export const targetName = (mapping: Pick<PushMapping, 'target_name' | 'group_name'>): string =>
  mapping.target_name ?? mapping.group_name;

/** The mapping in the format of the API. */
export function presentMapping(origin: string, mapping: PushMapping): Record<string, unknown> {
  return {
    id: mapping.id,
    sourceGroupId: mapping.group_id,
    ...(mapping.target_id === null ? {} : { targetGroupId: mapping.target_id }),
    status: mapping.status,
    errorSummary: mapping.error_summary,
    ...(mapping.last_push === null ? {} : { lastPush: mapping.last_push.toISOString() }),
    created: mapping.created.toISOString(),
    lastUpdated: mapping.last_updated.toISOString(),
    _links: {
      app: { href: `${origin}/api/v1/apps/${mapping.app_id}` },
      sourceGroup: { href: `${origin}/api/v1/groups/${mapping.group_id}` },
      ...(mapping.target_id === null ? {} : { targetGroup: { href: `${origin}/api/v1/groups/${mapping.target_id}` } }),
    },
  };
}
