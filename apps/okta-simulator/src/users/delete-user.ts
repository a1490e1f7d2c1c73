import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { applyTransition } from './change-status.ts';
import { findUser, userTarget } from './user.ts';

/** `DELETE /api/v1/users/{id}`: the first call deactivates, the second deletes. */
export const deleteUser: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'id'), 'for no key update');
    if (user.status !== 'DEPROVISIONED') {
      await applyTransition(tx, org, { details: request.details, user, verb: 'deactivate' });
      return;
    }
    await tx.query('delete from org_user where id = $1', [user.id]);
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'user.lifecycle.delete.initiated', targets: [userTarget(user)] },
      { type: 'user.lifecycle.delete.completed', targets: [userTarget(user)] },
    ]);
  });
  return { status: 204 };
};
