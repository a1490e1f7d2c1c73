import type { PoolClient } from 'pg';

import { validationFailed } from '../http/errors.ts';
import { select } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';
import { readCustom } from './custom-attributes.ts';
import { profileProblems } from './profile.ts';
import { loginKey, textOf, userSchema, type Profile, type User, type UserStatus } from './user.ts';

/**
 * Adds a user and makes them a member of Everyone.
 * @throws OktaError E0000001 for an invalid profile, or a login that is in use
 */
export async function insertUser(
  tx: PoolClient,
  draft: {
    profile: Profile;
    status: UserStatus;
    hasPassword: boolean;
    sealedPassword?: string | null;
    recoveryQuestion?: string | null;
    now: Date;
  },
): Promise<User> {
  const { now, profile, status } = draft;
  await checkProfile(tx, profile);
  const activated = status === 'STAGED' ? null : now;
  const [user] = await select(tx, userSchema, {
    text: `insert into org_user
       (id, login_key, status, profile, has_password, created, activated, status_changed, password_changed, last_updated,
        sealed_password, recovery_question)
     values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $6, $9, $10) on conflict (login_key) do nothing returning *`,
    values: [
      oktaId('00u'),
      loginKey(textOf({ profile }, 'login') ?? ''),
      status,
      JSON.stringify(profile),
      draft.hasPassword,
      now,
      activated,
      draft.hasPassword ? now : null,
      draft.sealedPassword ?? null,
      draft.recoveryQuestion ?? null,
    ],
  });
  if (user === undefined) throw loginTaken();
  await tx.query(
    `insert into membership (group_id, user_id) select id, $1 from org_group where type = 'BUILT_IN' and name = 'Everyone'`,
    [user.id],
  );
  return user;
}

/** @throws OktaError E0000001 with a cause for each problem */
export async function checkProfile(tx: PoolClient, profile: Profile): Promise<void> {
  const problems = profileProblems(profile, await readCustom(tx));
  if (problems.length === 0) return;
  throw validationFailed(
    problems.map(({ field }) => field).join(', '),
    problems.map(({ cause }) => cause),
  );
}

export function loginTaken(): Error {
  return validationFailed('login', ['login: An object with this field already exists in the current organization']);
}
