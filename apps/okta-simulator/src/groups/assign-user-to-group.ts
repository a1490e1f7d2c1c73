import { changeHandler } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { findUser } from '../users/user.ts';
import { addMember } from './add-member.ts';

/** `PUT /api/v1/groups/{groupId}/users/{userId}`: 204, also for a user who is a member already. */
export const assignUserToGroup = changeHandler(async ({ org, request, tx, record }) => {
  const user = await findUser(tx, param(request, 'userId'));
  const drafts = await addMember(tx, { groupId: param(request, 'groupId'), user, now: org.now() });
  await record(...drafts);
  return { status: 204 };
});
