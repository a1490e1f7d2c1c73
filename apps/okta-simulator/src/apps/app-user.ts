import { z } from 'zod';

import { notFound } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';
import type { Principal } from '../system-log/log-event.ts';
import { profileSchema, textOf, type Profile, type User } from '../users/user.ts';
import { type App } from './app.ts';
import { compileExpression } from './expression.ts';

/** With the id under which the app's server knows the user, if they are provisioned. */
export const appUserSchema = z.object({
  app_id: z.string(),
  user_id: z.string(),
  scope: z.enum(['USER', 'GROUP']),
  user_name: z.string(),
  profile: profileSchema,
  status: z.enum(['ACTIVE', 'STAGED', 'PROVISIONED']),
  sync_state: z.enum(['DISABLED', 'ERROR', 'OUT_OF_SYNC', 'SYNCHRONIZED', 'SYNCING']),
  has_password: z.boolean(),
  created: z.date(),
  status_changed: z.date(),
  password_changed: z.date().nullable(),
  last_sync: z.date().nullable(),
  last_updated: z.date(),
  external_id: z.string().nullable(),
});

export type AppUser = z.infer<typeof appUserSchema>;

/** The start of every query of app users. */
export const selectAppUsers = `select app_user.*, case when status = 'PROVISIONED' then external_id end as external_id
  from app_user left join app_link using (app_id, user_id)`;

export interface AppUserKey {
  appId: string;
  userId: string;
}

export async function readAppUser(db: Queryable, { appId, userId }: AppUserKey): Promise<AppUser | undefined> {
  const [appUser] = await select(db, appUserSchema, {
    text: `${selectAppUsers} where app_id = $1 and user_id = $2`,
    values: [appId, userId],
  });
  return appUser;
}

/** @throws OktaError 404 */
export async function findAppUser(db: Queryable, key: AppUserKey): Promise<AppUser> {
  const appUser = await readAppUser(db, key);
  if (appUser === undefined) throw notFound(key.userId, 'AppUser');
  return appUser;
}

/** What the mapping makes of a user's profile. Attributes without a value are left out. */
export function mappedProfile(app: Pick<App, 'mapping'>, user: Pick<User, 'profile'>): Profile {
  const values = Object.entries(app.mapping).flatMap(([name, { expression }]) => {
    const value = compileExpression(expression)(user.profile);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values);
}

/** The profile after a change of the user: mapped attributes follow it if they are pushed, others stay. */
export function remappedProfile(app: Pick<App, 'mapping'>, before: Profile, user: Pick<User, 'profile'>): Profile {
  const mapped = mappedProfile(app, user);
  const pushed = Object.keys(app.mapping).filter((name) => app.mapping[name]?.pushStatus === 'PUSH');
  const kept = Object.entries(before).filter(([name]) => !pushed.includes(name));
  const followed = Object.entries(mapped).filter(([name]) => pushed.includes(name));
  return Object.fromEntries([...kept, ...followed]);
}

/** The user of the app as a target of a log event. */
export function appUserTarget(appUser: Pick<AppUser, 'user_id' | 'user_name'>, displayName: string): Principal {
  const { user_id: id, user_name: alternateId } = appUser;
  return { id, type: 'AppUser', alternateId, displayName, detailEntry: null };
}

/** The user name that the template of new apps makes of a user: their login. */
export const defaultUserName = (user: Pick<User, 'profile'>): string => textOf(user, 'login') ?? '';
