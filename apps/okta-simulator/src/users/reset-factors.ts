import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findUser, userTarget } from './user.ts';

/** `POST …/lifecycle/reset_factors`: all of the user's factors go, preregistered ones and pending ones too. */
export const resetFactors: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'id'), 'for no key update');
    await tx.query('delete from enrollment where user_id = $1', [user.id]);
    await recordEvents(tx, org, request.occasion, [{ type: 'user.mfa.factor.reset_all', targets: [userTarget(user)] }]);
  });
  return { status: 200, body: {} };
};
