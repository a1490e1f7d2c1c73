import { z } from 'zod';

import { addMember } from '../groups/add-member.ts';
import { changeHandler, type Change } from '../http/change-handler.ts';
import { flag, parseBody } from '../http/handler.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { insertUser } from './insert-user.ts';
import { presentUser } from './present-user.ts';
import { profileSchema, userTarget, type User, type UserStatus } from './user.ts';

/** A password may be plain text or a hash; its value is never stored. */
export const credentialsSchema = z.looseObject({ password: z.looseObject({}).nullish() }).nullish();

const bodySchema = z.looseObject({
  profile: profileSchema,
  credentials: credentialsSchema,
  groupIds: z.array(z.string()).max(20).nullish(),
});

/** `POST /api/v1/users?activate=`: answers 200, not 201. */
export const createUser = changeHandler(async (change) => {
  const { org, request, tx, record } = change;
  const { profile, credentials, groupIds } = parseBody(bodySchema, request.body, 'newUser');
  const hasPassword = Boolean(credentials?.password);
  const status = firstStatus(flag(request, 'activate', true), hasPassword);
  const user = await insertUser(tx, { profile, status, hasPassword, now: org.now() });
  const joined = await joinGroups(change, user, groupIds ?? []);
  await record(...creation(user), ...joined);
  return { status: 200, body: presentUser(request.origin, org.identity.userTypeId, user) };
});

function creation(user: User): EventDraft[] {
  const targets = [userTarget(user)];
  const created: EventDraft = { type: 'user.lifecycle.create', targets };
  return user.status === 'STAGED' ? [created] : [created, { type: 'user.lifecycle.activate', targets }];
}

function firstStatus(activate: boolean, hasPassword: boolean): UserStatus {
  if (!activate) return 'STAGED';
  return hasPassword ? 'ACTIVE' : 'PROVISIONED';
}

async function joinGroups({ org, tx }: Change, user: User, groupIds: readonly string[]): Promise<EventDraft[]> {
  const drafts: EventDraft[] = [];
  for (const groupId of groupIds.toSorted()) drafts.push(...(await addMember(tx, { groupId, user, now: org.now() })));
  return drafts;
}
