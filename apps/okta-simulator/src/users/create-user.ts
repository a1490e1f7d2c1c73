import { z } from 'zod';

import { applyGroupAssignments } from '../apps/assignments.ts';
import type { Org } from '../context.ts';
import { addMember } from '../groups/add-member.ts';
import { changeHandler, type Change } from '../http/change-handler.ts';
import { validationFailed } from '../http/errors.ts';
import { flag, parseBody } from '../http/handler.ts';
import { leastPasswordLength } from '../routing/list-policies.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { insertUser } from './insert-user.ts';
import { presentUser } from './present-user.ts';
import { profileSchema, userTarget, type User, type UserStatus } from './user.ts';

const recoveryText = z.string().min(1).max(100);

/** A password may be plain text or a hash. */
export const credentialsSchema = z
  .looseObject({
    password: z.looseObject({ value: z.string().min(1).optional() }).nullish(),
    recovery_question: z.looseObject({ question: recoveryText, answer: recoveryText }).nullish(),
  })
  .nullish();

/**
 * A password in clear, sealed for the apps that it is synchronized to; null for a hash, or without one.
 * @throws OktaError E0000001 for one that the policy refuses
 */
export function sealPassword(org: Org, credentials: z.infer<typeof credentialsSchema>): string | null {
  const value = credentials?.password?.value;
  if (value === undefined) return null;
  if (value.length < leastPasswordLength)
    throw validationFailed('password', ['password: Password requirements were not met.']);
  return org.sealing.seal(value);
}

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
  const now = org.now();
  const sealedPassword = sealPassword(org, credentials);
  const recoveryQuestion = credentials?.recovery_question?.question ?? null;
  const user = await insertUser(tx, { profile, status, hasPassword, sealedPassword, recoveryQuestion, now });
  const joined = await joinGroups(change, user, groupIds ?? []);
  const assigned = await applyGroupAssignments(tx, { userIds: [user.id], now });
  await record(...creation(user), ...joined, ...assigned);
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
