import { z } from 'zod';

import type { Org } from '../context.ts';
import { select, type Queryable } from '../store/database.ts';
import { displayNameOf, textOf, userSchema, type User } from '../users/user.ts';
import type { OidcSettings } from './settings.ts';

export const factorTables = `
  -- A security key that the user enrolled at a sign-in, beside the preregistered ones.
  alter table org_user add column if not exists has_security_key boolean not null default false;`;

const columns = `org_user.*, has_security_key or exists (
  select from enrollment where user_id = org_user.id and enrollment.status = 'ACTIVE') as has_fido2`;
const account = userSchema.extend({ has_fido2: z.boolean() });

export type Account = z.output<typeof account>;

/** Only active users sign in. */
export async function findAccount(
  db: Queryable,
  where: { id: string } | { loginKey: string },
): Promise<Account | undefined> {
  const [column, value] = 'id' in where ? ['id', where.id] : ['login_key', where.loginKey];
  const [found] = await select(db, account, {
    text: `select ${columns} from org_user where ${column} = $1 and status = 'ACTIVE'`,
    values: [value],
  });
  return found;
}

/** For the sign-in page: those with fewer groups are the people, who are many. */
export const listAccounts = (db: Queryable): Promise<Account[]> =>
  select(
    db,
    account,
    `select ${columns} from org_user where status = 'ACTIVE'
     order by (select count(*) from membership where user_id = org_user.id) desc, ordinal limit 50`,
  );

/** Claims of the scopes openid, profile, email and groups. */
export async function claimsOf(
  org: Org,
  user: User,
  use: string,
): Promise<{ sub: string; [claim: string]: string | string[] }> {
  const settings = org.settings.current().oidc;
  if (use === 'id_token' && settings.thinIdToken) return { sub: user.id };
  return {
    sub: user.id,
    name: displayNameOf(user),
    preferred_username: textOf(user, 'login') ?? '',
    email: textOf(user, 'email') ?? '',
    groups: await groupsClaim(org.db, user.id, settings),
  };
}

async function groupsClaim(db: Queryable, userId: string, settings: OidcSettings): Promise<string[]> {
  const groups = await select(db, z.object({ name: z.string() }), {
    text: `select name from org_group join membership on group_id = org_group.id
      where user_id = $1 and starts_with(name, $2) order by name limit $3`,
    values: [userId, settings.groupsFilter, settings.groupsLimit],
  });
  return groups.map(({ name }) => name);
}
