import { z } from 'zod';

import type { Queryable } from '../store/database.ts';

/** What is sent to an app's server; users' kinds first, then groups', then an import. */
export const taskKindSchema = z.enum([
  'create',
  'profile',
  'password',
  'deactivate',
  'push_group',
  'rename_group',
  'push_members',
  'push_now',
  'delete_group',
  'import',
]);

export type TaskKind = z.infer<typeof taskKindSchema>;

const memberSchema = z.object({ value: z.string(), display: z.string() });

/** A member of a group in a body. */
export type Member = z.infer<typeof memberSchema>;

const memberDeltaSchema = z.object({ add: z.array(memberSchema), remove: z.array(z.string()) });

export type MemberDelta = z.infer<typeof memberDeltaSchema>;

/** `name` and `login` of the user, or `name` of the group, outlive both; the rest belongs to one kind. */
const dataSchema = z.looseObject({
  name: z.string().default(''),
  login: z.string().default(''),
  sealedPassword: z.string().optional(),
  /** The changes of members that an earlier attempt has taken on. */
  delta: memberDeltaSchema.optional(),
  externalId: z.string().optional(),
});

export const taskSchema = z.object({
  seq: z.string(),
  app_id: z.string(),
  kind: taskKindSchema,
  /** The id of the user, of the group push mapping, or of the import. */
  subject: z.string(),
  data: dataSchema,
  state: z.enum(['queued', 'failed']),
  tries: z.number(),
  due: z.date(),
  problem: z.string().nullable(),
  failed_at: z.date().nullable(),
});

export type Task = z.infer<typeof taskSchema>;
export type TaskData = Partial<z.infer<typeof dataSchema>>;

/** Queues a task in the transaction of the change that it follows from. */
export async function queueTask(
  tx: Queryable,
  draft: { appId: string; kind: TaskKind; subject: string; data?: TaskData; now: Date },
): Promise<void> {
  await tx.query('insert into provisioning_task (app_id, kind, subject, data, due) values ($1, $2, $3, $4, $5)', [
    draft.appId,
    draft.kind,
    draft.subject,
    JSON.stringify(draft.data ?? {}),
    draft.now,
  ]);
}
