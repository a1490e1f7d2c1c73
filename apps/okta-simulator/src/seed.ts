import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { changeOrg, type Org } from './context.ts';
import { addMember } from './groups/add-member.ts';
import { groupTarget } from './groups/group.ts';
import { insertGroup } from './groups/insert-group.ts';
import { registerApp, registrationSchema } from './oauth/service-app.ts';
import type { EventDraft } from './system-log/log-event.ts';
import { recordEvents } from './system-log/record-events.ts';
import { insertUser } from './users/insert-user.ts';
import { profileSchema, userStatusSchema, userTarget } from './users/user.ts';

export const seedSchema = z.strictObject({
  users: z
    .array(
      z.strictObject({
        status: userStatusSchema,
        profile: profileSchema,
        /** Names of groups of the seed. */
        groups: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  groups: z.array(z.strictObject({ name: z.string().min(1), description: z.string().optional() })).default([]),
  /** Registered at every start, which updates their keys. */
  apps: z.array(registrationSchema.required({ clientId: true })).optional(),
});

export type Seed = z.infer<typeof seedSchema>;

/** @throws ProcessError `bad_config` if the file cannot be read or is not a valid seed */
export async function readSeed(path: string): Promise<Seed> {
  try {
    return seedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? `:\n${z.prettifyError(cause)}` : '';
    throw new ProcessError('bad_config', `The seed file ${path} cannot be used${why}`, { cause });
  }
}

/** Creates the group Everyone in a new org and, if the org is empty, the users and groups of the seed. */
export async function plant(org: Org, seed: Seed | undefined): Promise<void> {
  const now = org.now();
  await changeOrg(org, async (tx) => {
    const any = await tx.query(`select from org_user union all select from org_group where type <> 'BUILT_IN' limit 1`);
    const everyone = await tx.query(`select from org_group where type = 'BUILT_IN'`);
    if (everyone.rowCount === 0)
      await insertGroup(tx, { name: 'Everyone', description: 'All users in your organization', type: 'BUILT_IN', now });
    for (const app of seed?.apps ?? []) await registerApp(tx, app);
    if (any.rowCount !== 0 || seed === undefined) return;
    const drafts: EventDraft[] = [];
    const groupIds = new Map<string, string>();
    for (const { name, description = null } of seed.groups) {
      const group = await insertGroup(tx, { name, description, type: 'OKTA_GROUP', now });
      groupIds.set(name, group.id);
      drafts.push({ type: 'group.lifecycle.create', targets: [groupTarget(group)] });
    }
    for (const { profile, status, groups = [] } of seed.users) {
      const user = await insertUser(tx, { profile, status, hasPassword: status === 'ACTIVE', now });
      drafts.push({ type: 'user.lifecycle.create', targets: [userTarget(user)] });
      for (const name of groups)
        drafts.push(...(await addMember(tx, { groupId: groupIds.get(name) ?? '', user, now })));
    }
    await recordEvents(tx, { org }, drafts);
  });
}
