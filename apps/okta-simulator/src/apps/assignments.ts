import { z } from 'zod';

import { queueTask, type TaskKind } from '../provisioning/task.ts';
import { select, type Queryable } from '../store/database.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { displayNameOf, textOf, userSchema, type Profile, type User } from '../users/user.ts';
import { appUserTarget, defaultUserName, mappedProfile, type AppUser, type AppUserKey } from './app-user.ts';
import { appTarget, findApp, type App } from './app.ts';
import { readConnection } from './connection.ts';

/** Whether an app is provisioned to a user with the status. Being suspended changes nothing in an app. */
export const isProvisionable = ({ status }: Pick<User, 'status'>): boolean =>
  status !== 'STAGED' && status !== 'DEPROVISIONED';

/** The condition of `isProvisionable` in SQL, of the table `org_user`. */
export const provisionable = `org_user.status not in ('STAGED', 'DEPROVISIONED')`;

/** Queues a task about a user; the data outlives them. */
export async function queueUserTask(
  tx: Queryable,
  draft: { appId: string; user: User; kind: TaskKind; sealedPassword?: string | null; now: Date },
): Promise<void> {
  const { appId, kind, now, sealedPassword, user } = draft;
  const data = { name: displayNameOf(user), login: textOf(user, 'login') ?? '' };
  const secret = typeof sealedPassword === 'string' ? { sealedPassword } : {};
  await queueTask(tx, { appId, kind, subject: user.id, data: { ...data, ...secret }, now });
}

export interface Assignment {
  app: App;
  user: User;
  scope: AppUser['scope'];
  /** Values that the administrator typed, over those of the mapping. */
  profile?: Profile;
  userName?: string | undefined;
  now: Date;
}

/** Assigns an app to a user who does not have it, and queues the create if the app is provisioned. */
export async function assignApp(tx: Queryable, assignment: Assignment): Promise<EventDraft[]> {
  const { app, now, profile, scope, user, userName = defaultUserName(user) } = assignment;
  const connection = await readConnection(tx, app.id);
  const provisioned = connection?.status === 'ENABLED' && app.capabilities.create.lifecycleCreate.status === 'ENABLED';
  const [status, syncState] = provisioned ? ['STAGED', 'SYNCING'] : ['ACTIVE', 'DISABLED'];
  const whole = JSON.stringify({ ...mappedProfile(app, user), ...profile });
  await tx.query(
    `insert into app_user (app_id, user_id, scope, user_name, profile, status, sync_state, created, status_changed, last_updated)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8)`,
    [app.id, user.id, scope, userName, whole, status, syncState, now],
  );
  if (provisioned && isProvisionable(user)) await queueUserTask(tx, { appId: app.id, user, kind: 'create', now });
  const target = appUserTarget({ user_id: user.id, user_name: userName }, displayNameOf(user));
  return [{ type: 'application.user_membership.add', targets: [target, appTarget(app)] }];
}

/** Takes an app from a user, and queues the deactivation if the app has it ticked. */
export async function unassignApp(
  tx: Queryable,
  { app, user, now }: { app: App; user: User; now: Date },
): Promise<EventDraft[]> {
  const removed = await select(tx, z.object({ user_name: z.string() }), {
    text: 'delete from app_user where app_id = $1 and user_id = $2 returning user_name',
    values: [app.id, user.id],
  });
  const [appUser] = removed;
  if (appUser === undefined) return [];
  const connection = await readConnection(tx, app.id);
  if (connection !== undefined && app.capabilities.update.lifecycleDeactivate.status === 'ENABLED')
    await queueUserTask(tx, { appId: app.id, user, kind: 'deactivate', now });
  const target = appUserTarget({ user_id: user.id, ...appUser }, displayNameOf(user));
  return [{ type: 'application.user_membership.remove', targets: [target, appTarget(app)] }];
}

const pairSchema = z.object({ app_id: z.string(), user_id: z.string() });

/** Whom or which app a change is about; without either, all. */
export interface Touched {
  userIds?: readonly string[];
  appId?: string;
  now: Date;
}

const byGroup = `select app_id, user_id from app_group join membership using (group_id)`;
const inQuestion = (table: string): string =>
  `($1::text[] is null or ${table}.user_id = any($1)) and ($2::text is null or ${table}.app_id = $2)`;

async function missingPairs(tx: Queryable, values: unknown[]): Promise<z.infer<typeof pairSchema>[]> {
  return select(tx, pairSchema, {
    text: `select distinct wanted.app_id, wanted.user_id from (${byGroup}) as wanted
       join org_user on org_user.id = wanted.user_id and ${provisionable}
     where ${inQuestion('wanted')} and not exists (
       select from app_user where app_user.app_id = wanted.app_id and app_user.user_id = wanted.user_id)
     order by wanted.app_id, wanted.user_id`,
    values,
  });
}

async function surplusPairs(tx: Queryable, values: unknown[]): Promise<z.infer<typeof pairSchema>[]> {
  return select(tx, pairSchema, {
    text: `select app_user.app_id, app_user.user_id from app_user
     where scope = 'GROUP' and ${inQuestion('app_user')} and not exists (
       select from (${byGroup}) as wanted
       where wanted.app_id = app_user.app_id and wanted.user_id = app_user.user_id)
     order by app_user.app_id, app_user.user_id`,
    values,
  });
}

async function both(tx: Queryable, { appId, userId }: AppUserKey): Promise<{ app: App; user: User }> {
  const users = await select(tx, userSchema, { text: 'select * from org_user where id = $1', values: [userId] });
  return { app: await findApp(tx, appId), user: userSchema.parse(users[0]) };
}

/** Assigns and unassigns what follows from groups that have apps. Returns the events to record. */
export async function applyGroupAssignments(tx: Queryable, { appId, now, userIds }: Touched): Promise<EventDraft[]> {
  const values = [userIds ?? null, appId ?? null];
  const drafts: EventDraft[] = [];
  for (const pair of await missingPairs(tx, values)) {
    const { app, user } = await both(tx, { appId: pair.app_id, userId: pair.user_id });
    drafts.push(...(await assignApp(tx, { app, user, scope: 'GROUP', now })));
  }
  for (const pair of await surplusPairs(tx, values)) {
    const { app, user } = await both(tx, { appId: pair.app_id, userId: pair.user_id });
    drafts.push(...(await unassignApp(tx, { app, user, now })));
  }
  return drafts;
}
