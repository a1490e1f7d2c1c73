import { z } from 'zod';

import { notFound } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';
import type { Principal } from '../system-log/log-event.ts';

export const userStatusSchema = z.enum([
  'STAGED',
  'PROVISIONED',
  'ACTIVE',
  'RECOVERY',
  'LOCKED_OUT',
  'PASSWORD_EXPIRED',
  'SUSPENDED',
  'DEPROVISIONED',
]);

export type UserStatus = z.infer<typeof userStatusSchema>;

/** The value of a profile attribute; custom attributes may have other types than text. */
const attributeSchema = z.union([z.string(), z.number(), z.boolean(), z.array(z.unknown()), z.null()]);

export const profileSchema = z.record(z.string(), attributeSchema);

export type Profile = z.infer<typeof profileSchema>;

export const userSchema = z.object({
  id: z.string(),
  status: userStatusSchema,
  profile: profileSchema,
  profile_source: z.string().nullable(),
  has_password: z.boolean(),
  created: z.date(),
  activated: z.date().nullable(),
  status_changed: z.date().nullable(),
  password_changed: z.date().nullable(),
  last_updated: z.date(),
  /** Undefined if the org does not know it in clear. */
  sealed_password: z.string().nullable(),
  /** Its answer is write-only, and not kept. */
  recovery_question: z.string().nullable(),
});

export type User = z.infer<typeof userSchema>;

/** Logins are equal if they differ only in letter case and diacritics. */
export function loginKey(login: string): string {
  return login.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Finds a user by id or login; if the login has a slash, only by id. @throws OktaError 404 */
export async function findUser(db: Queryable, idOrLogin: string, lock: 'for no key update' | '' = ''): Promise<User> {
  const [user] = await select(db, userSchema, {
    text: `select * from org_user where id = $1 or login_key = $2 ${lock}`,
    values: [idOrLogin, idOrLogin.includes('/') ? null : loginKey(idOrLogin)],
  });
  if (user === undefined) throw notFound(idOrLogin, 'User');
  return user;
}

/** The value of a text attribute; undefined if it is missing or empty. */
export function textOf(user: Pick<User, 'profile'>, attribute: string): string | undefined {
  const value = user.profile[attribute];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function displayNameOf(user: Pick<User, 'profile'>): string {
  const whole = [textOf(user, 'firstName'), textOf(user, 'lastName')].filter((part) => part !== undefined).join(' ');
  return textOf(user, 'displayName') ?? whole;
}

/** The user as a target of a log event. */
export const userTarget = (user: Pick<User, 'id' | 'profile'>): Principal => ({
  id: user.id,
  type: 'User',
  alternateId: textOf(user, 'login') ?? 'unknown',
  displayName: displayNameOf(user),
  detailEntry: null,
});
