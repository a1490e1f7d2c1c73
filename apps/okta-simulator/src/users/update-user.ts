import { isDeepStrictEqual } from 'node:util';

import type { PoolClient } from 'pg';
import { z } from 'zod';

import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { credentialsSchema } from './create-user.ts';
import { checkProfile, loginTaken } from './insert-user.ts';
import { presentUser } from './present-user.ts';
import { findUser, loginKey, profileSchema, textOf, userSchema, userTarget, type Profile, type User } from './user.ts';

const bodySchema = z.looseObject({ profile: profileSchema.nullish(), credentials: credentialsSchema });

const changeUser = (mergeProfile: (before: Profile, update: Profile) => Profile): Handler =>
  changeHandler(async ({ org, request, tx, record }) => {
    const { profile: update, credentials } = parseBody(bodySchema, request.body, 'user');
    const now = org.now();
    const before = await findUser(tx, param(request, 'id'), 'for no key update');
    if (before.status === 'DEPROVISIONED') throw new OktaError('E0000038');
    const profile = update ? mergeProfile(before.profile, update) : before.profile;
    const password = credentials?.password ? withPassword(before, now) : {};
    const user = await saveUser(tx, { ...before, ...password, profile, last_updated: now });
    if (!isDeepStrictEqual(before.profile, profile))
      await record({ type: 'user.account.update_profile', targets: [userTarget(user)] });
    return { status: 200, body: presentUser(request.origin, org.identity.userTypeId, user) };
  });

/** Setting a password ends these statuses. */
const endsWithPassword: readonly string[] = ['PROVISIONED', 'PASSWORD_EXPIRED', 'RECOVERY'];

function withPassword(user: User, now: Date): Partial<User> {
  const done = endsWithPassword.includes(user.status);
  return {
    has_password: true,
    password_changed: now,
    ...(done ? { status: 'ACTIVE' as const, status_changed: now } : {}),
  };
}

/** @throws OktaError E0000001 for an invalid profile, or a login that is in use */
async function saveUser(tx: PoolClient, user: User): Promise<User> {
  checkProfile(user.profile);
  const key = loginKey(textOf(user, 'login') ?? '');
  const others = await tx.query('select from org_user where login_key = $1 and id <> $2', [key, user.id]);
  if (others.rowCount !== 0) throw loginTaken();
  const [saved = user] = await select(tx, userSchema, {
    text: `update org_user set profile = $2, login_key = $3, status = $4, has_password = $5, status_changed = $6,
       password_changed = $7, last_updated = $8 where id = $1 returning *`,
    values: [
      user.id,
      JSON.stringify(user.profile),
      key,
      user.status,
      user.has_password,
      user.status_changed,
      user.password_changed,
      user.last_updated,
    ],
  });
  return saved;
}

/** `POST /api/v1/users/{id}`: partial; null removes an attribute. */
export const updateUser = changeUser((before, update) => ({ ...before, ...update }));

/** `PUT /api/v1/users/{id}`: full; omitted attributes are removed. */
export const replaceUser = changeUser((_before, update) => update);
