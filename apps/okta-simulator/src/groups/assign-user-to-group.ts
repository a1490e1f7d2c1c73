import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findUser } from '../users/user.ts';
import { addMember } from './add-member.ts';

/** `PUT /api/v1/groups/{groupId}/users/{userId}`: 204, also for a user who is a member already. */
export const assignUserToGroup: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'userId'));
    const drafts = await addMember(tx, { groupId: param(request, 'groupId'), user, now: org.now() });
    await recordEvents(tx, { org, details: request.details }, drafts);
  });
  return { status: 204 };
};
