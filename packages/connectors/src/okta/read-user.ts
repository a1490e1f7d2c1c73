import { profileFields, type SourcedProfile } from '@keycourier/journey/model/profile';
import type { UserStatus } from '@keycourier/journey/model/user-status';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

import { orNull } from '../run-call.ts';
import type { OktaSdk } from './connect-sdk.ts';
import { userSchema } from './schema.ts';

/** Logins are unique without case and diacritics. */
const logins = new Intl.Collator('en', { sensitivity: 'base', usage: 'search' });

/** Source: Okta's "User statuses". Every other one (RECOVERY, LOCKED_OUT, any that is new) may receive a key. */
const statuses: ReadonlyMap<string, UserStatus> = new Map([
  ['STAGED', 'new'],
  ['PROVISIONED', 'new'],
  ['SUSPENDED', 'suspended'],
  ['DEPROVISIONED', 'deactivated'],
]);

export const statusOf = (status: string): UserStatus => statuses.get(status) ?? 'active';

/**
 * Reads a user by id or by whole login, never from a cache. Okta also accepts the part of a login before the `@`, and
 * `me` for the token's own user; neither is the user that was requested.
 */
export async function readUser({ users }: OktaSdk, idOrLogin: string): Promise<IdentityUser | null> {
  // Half a surrogate pair cannot be sent, and is in no login.
  if (/\p{Cs}/u.test(idOrLogin)) return null;
  const userId = fitsInPath(idOrLogin) ? idOrLogin : await findId(users, idOrLogin);
  if (userId === null) return null;
  const found = await orNull(() => users.getUser({ userId }));
  if (found === null) return null;
  const user = userSchema.parse(found);
  if (user.id !== idOrLogin && !isSameLogin(user.profile.login, idOrLogin)) return null;
  return {
    id: user.id,
    login: user.profile.login,
    status: statusOf(user.status),
    profile: sourced(user.profile),
  };
}

/** A login with a slash cannot be in a path, and `me` or dots alone would address another resource. */
function fitsInPath(idOrLogin: string): boolean {
  return !idOrLogin.includes('/') && !/^(\.{0,2}|me)$/i.test(idOrLogin);
}

/** The search index may be stale: only the id is used, and the user is read by it. */
async function findId(users: OktaSdk['users'], login: string): Promise<string | null> {
  if (login === '') return null;
  const quoted = login.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  for await (const candidate of await users.listUsers({ search: `profile.login eq "${quoted}"` })) {
    if (candidate === null) continue;
    const user = userSchema.parse(candidate);
    if (isSameLogin(user.profile.login, login)) return user.id;
  }
  return null;
}

export function isSameLogin(one: string, other: string): boolean {
  return logins.compare(one, other) === 0;
}

function sourced(profile: Readonly<Record<string, unknown>>): SourcedProfile {
  return Object.fromEntries(
    profileFields.flatMap((field) => {
      const value = profile[field];
      return typeof value === 'string' && value.trim() !== '' ? [[field, { value, source: 'okta' as const }]] : [];
    }),
  );
}
