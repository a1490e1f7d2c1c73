import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findUser, userTarget } from './user.ts';

/** `POST …/lifecycle/reset_factors`: removes all of the user's factors, including preregistered and pending ones. */
export const resetFactors: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'id'), 'for no key update');
    await tx.query('delete from enrollment where user_id = $1', [user.id]);
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'user.mfa.factor.reset_all', targets: [userTarget(user)] },
    ]);
  });
  return { status: 200, body: {} };
};
