import type { PoolClient } from 'pg';
import { z } from 'zod';

import { changeOrg } from '../context.ts';
import { addMember } from '../groups/add-member.ts';
import { flag, parseBody, type Handler } from '../http/handler.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { recordEvents } from '../system-log/record-events.ts';
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
export const createUser: Handler = async (org, request) => {
  const { profile, credentials, groupIds } = parseBody(bodySchema, request.body, 'newUser');
  const hasPassword = Boolean(credentials?.password);
  const status = firstStatus(flag(request, 'activate', true), hasPassword);
  const user = await changeOrg(org, async (tx) => {
    const created = await insertUser(tx, { profile, status, hasPassword, now: org.now() });
    const drafts: EventDraft[] = [{ type: 'user.lifecycle.create', targets: [userTarget(created)] }];
    if (status !== 'STAGED') drafts.push({ type: 'user.lifecycle.activate', targets: [userTarget(created)] });
    await recordEvents(tx, { org, details: request.details }, [
      ...drafts,
      ...(await joinGroups(tx, created, { groupIds: groupIds ?? [], now: org.now() })),
    ]);
    return created;
  });
  return { status: 200, body: presentUser(request.origin, org.identity.userTypeId, user) };
};

function firstStatus(activate: boolean, hasPassword: boolean): UserStatus {
  if (!activate) return 'STAGED';
  return hasPassword ? 'ACTIVE' : 'PROVISIONED';
}

async function joinGroups(
  tx: PoolClient,
  user: User,
  { groupIds, now }: { groupIds: string[]; now: Date },
): Promise<EventDraft[]> {
  const drafts: EventDraft[] = [];
  for (const groupId of groupIds.toSorted()) drafts.push(...(await addMember(tx, { groupId, user, now })));
  return drafts;
}
