import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { PoolClient } from 'pg';
import { z } from 'zod';

import { followPassword, followProfile } from '../apps/follow-user.ts';
import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { credentialsSchema, sealPassword } from './create-user.ts';
import { readCustom } from './custom-attributes.ts';
import { checkVersion, etagOf } from './etag.ts';
import { checkProfile, loginTaken } from './insert-user.ts';
import { presentUser } from './present-user.ts';
import { findUser, loginKey, profileSchema, textOf, userSchema, userTarget, type Profile, type User } from './user.ts';

const bodySchema = z.looseObject({ profile: profileSchema.nullish(), credentials: credentialsSchema });

const changeUser = (mergeProfile: (before: Profile, update: Profile) => Profile): Handler =>
  changeHandler(async ({ org, request, tx, record }) => {
    const { profile: update, credentials } = parseBody(bodySchema, request.body, 'user');
    const { lostUpdateMs, namesChangedAttributes } = org.settings.current();
    const now = org.now();
    const read = lostUpdateMs === 0 ? null : await readAhead(tx, param(request, 'id'), lostUpdateMs);
    const before = await findUser(tx, param(request, 'id'), 'for no key update');
    checkVersion(request, before);
    if (before.status === 'DEPROVISIONED') throw new OktaError('E0000038');
    const profile = update ? mergeProfile((read ?? before).profile, update) : before.profile;
    await checkSource(tx, before, profile);
    const sealedPassword = sealPassword(org, credentials);
    const password = credentials?.password ? { ...withPassword(before, now), sealed_password: sealedPassword } : {};
    const question = credentials?.recovery_question?.question ?? before.recovery_question;
    const user = await saveUser(tx, {
      ...before,
      ...password,
      profile,
      recovery_question: question,
      last_updated: now,
    });
    await followProfile(tx, before, { user, now });
    if (sealedPassword !== null) await followPassword(tx, 'changed', { user, now, sealedPassword });
    const changed = changedAttributes(before.profile, profile);
    const debugData = namesChangedAttributes ? { debugData: { changedAttributes: changed.join(',') } } : {};
    if (changed.length > 0)
      await record({ type: 'user.account.update_profile', targets: [userTarget(user)], ...debugData });
    const body = presentUser(request.origin, org.identity.userTypeId, user);
    return { status: 200, body, headers: { ETag: etagOf(user) } };
  });

/** What is read before the lock may be old by the time that it is written: so a live org loses one of two updates. */
async function readAhead(tx: PoolClient, id: string, ms: number): Promise<User> {
  const user = await findUser(tx, id);
  await sleep(ms);
  return user;
}

function changedAttributes(before: Profile, after: Profile): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name] ?? null, after[name] ?? null));
}

/** @throws OktaError E0000023 for a change of an attribute that the user's profile source owns */
async function checkSource(tx: PoolClient, user: User, profile: Profile): Promise<void> {
  if (user.profile_source === null) return;
  const custom = await readCustom(tx);
  const owned = changedAttributes(user.profile, profile).filter(
    (name) => (custom[name]?.master.type ?? 'PROFILE_MASTER') === 'PROFILE_MASTER',
  );
  if (owned.length > 0) throw new OktaError('E0000023');
}

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
  await checkProfile(tx, user.profile);
  const key = loginKey(textOf(user, 'login') ?? '');
  const others = await tx.query('select from org_user where login_key = $1 and id <> $2', [key, user.id]);
  if (others.rowCount !== 0) throw loginTaken();
  const [saved = user] = await select(tx, userSchema, {
    text: `update org_user set profile = $2, login_key = $3, status = $4, has_password = $5, status_changed = $6,
       password_changed = $7, last_updated = $8, sealed_password = $9, recovery_question = $10 where id = $1 returning *`,
    values: [
      user.id,
      JSON.stringify(user.profile),
      key,
      user.status,
      user.has_password,
      user.status_changed,
      user.password_changed,
      user.last_updated,
      user.sealed_password,
      user.recovery_question,
    ],
  });
  return saved;
}

/** `POST /api/v1/users/{id}`: partial; null removes an attribute. */
export const updateUser = changeUser((before, update) => ({ ...before, ...update }));

/** `PUT /api/v1/users/{id}`: full; omitted attributes are removed. */
export const replaceUser = changeUser((_before, update) => update);
