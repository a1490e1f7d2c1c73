import { isDeepStrictEqual } from 'node:util';

import { z } from 'zod';

import { membersMayHaveChanged } from '../group-push/queue-pushes.ts';
import { select, type Queryable } from '../store/database.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import type { User } from '../users/user.ts';
import { appUserSchema, defaultUserName, remappedProfile, selectAppUsers } from './app-user.ts';
import { appSchema, findApp, type App } from './app.ts';
import { isProvisionable, queueUserTask, applyGroupAssignments, unassignApp } from './assignments.ts';

const appsOfUser = (tx: Queryable, userId: string): Promise<App[]> =>
  select(tx, appSchema, {
    text: `select app.* from app join app_user on app_id = app.id where user_id = $1 order by app.ordinal`,
    values: [userId],
  });

/**
 * A user was deactivated or comes back: a deactivation takes all apps, and only apps of groups come back with them. Being
 * suspended, unsuspended or deleted sends nothing.
 */
export async function followStatus(tx: Queryable, before: User, { user, now }: Change): Promise<EventDraft[]> {
  if (user.status === 'DEPROVISIONED') {
    const drafts: EventDraft[] = [];
    for (const app of await appsOfUser(tx, user.id)) drafts.push(...(await unassignApp(tx, { app, user, now })));
    return drafts;
  }
  if (isProvisionable(before) || !isProvisionable(user)) return [];
  const drafts = await applyGroupAssignments(tx, { userIds: [user.id], now });
  const waiting = await select(tx, z.object({ app_id: z.string() }), {
    text: `select app_id from app_user where user_id = $1 and status = 'STAGED' and scope = 'USER' order by ordinal`,
    values: [user.id],
  });
  for (const { app_id: appId } of waiting) await queueUserTask(tx, { appId, user, kind: 'create', now });
  return drafts;
}

interface Change {
  user: User;
  now: Date;
}

/** A user's profile was changed: their apps get the attributes that are mapped and pushed. */
export async function followProfile(tx: Queryable, before: User, { user, now }: Change): Promise<void> {
  const appUsers = await select(tx, appUserSchema, {
    text: `${selectAppUsers} where user_id = $1 order by app_user.ordinal`,
    values: [user.id],
  });
  for (const appUser of appUsers) {
    const app = await findApp(tx, appUser.app_id);
    if (app.capabilities.update.profile.status !== 'ENABLED' && appUser.status !== 'STAGED') continue;
    const profile = remappedProfile(app, appUser.profile, user);
    const renamed = appUser.user_name === defaultUserName(before);
    const userName = renamed ? defaultUserName(user) : appUser.user_name;
    if (isDeepStrictEqual(profile, appUser.profile) && userName === appUser.user_name) continue;
    await tx.query(
      'update app_user set profile = $3, user_name = $4, last_updated = $5 where app_id = $1 and user_id = $2',
      [app.id, user.id, JSON.stringify(profile), userName, now],
    );
    if (appUser.status === 'PROVISIONED') await queueUserTask(tx, { appId: app.id, user, kind: 'profile', now });
  }
}

/** Which users of an app get a password: all, or those who have not got one since they were assigned. */
export type PasswordReason = 'changed' | 'signed in';

/** A user's password is known: the apps that Okta's password is synchronized to get it. */
export async function followPassword(
  tx: Queryable,
  reason: PasswordReason,
  { user, now, sealedPassword }: Change & { sealedPassword: string },
): Promise<void> {
  const appUsers = await select(tx, appUserSchema, {
    text: `${selectAppUsers} where user_id = $1 and status = 'PROVISIONED' order by app_user.ordinal`,
    values: [user.id],
  });
  for (const appUser of appUsers) {
    if (reason === 'signed in' && appUser.has_password) continue;
    const { password } = (await findApp(tx, appUser.app_id)).capabilities.update;
    if (password.status === 'ENABLED' && password.seed === 'OKTA')
      await queueUserTask(tx, { appId: appUser.app_id, user, kind: 'password', sealedPassword, now });
  }
}

/** Members of a group have changed: assignments follow its apps, and pushed groups its members. */
export async function followMembers(
  tx: Queryable,
  { groupIds, userIds, now }: { groupIds: readonly string[]; userIds: readonly string[]; now: Date },
): Promise<EventDraft[]> {
  const drafts = await applyGroupAssignments(tx, { userIds, now });
  await membersMayHaveChanged(tx, { groupIds, now });
  return drafts;
}
