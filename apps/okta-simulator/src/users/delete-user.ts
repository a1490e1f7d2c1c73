import { changeHandler, type Change } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { applyTransition } from './change-status.ts';
import { findUser, userTarget, type User } from './user.ts';

/** `DELETE /api/v1/users/{id}`: the first call deactivates, the second deletes. */
export const deleteUser = changeHandler(async (change) => {
  const user = await findUser(change.tx, param(change.request, 'id'), 'for no key update');
  if (user.status === 'DEPROVISIONED') await remove(change, user);
  else await applyTransition(change, user, 'deactivate');
  return { status: 204 };
});

async function remove({ tx, record }: Change, user: User): Promise<void> {
  await tx.query('delete from org_user where id = $1', [user.id]);
  await record(
    { type: 'user.lifecycle.delete.initiated', targets: [userTarget(user)] },
    { type: 'user.lifecycle.delete.completed', targets: [userTarget(user)] },
  );
}
