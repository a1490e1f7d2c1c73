import { changeHandler } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { findUser, userTarget } from './user.ts';

/** `POST …/lifecycle/reset_factors`: removes all of the user's factors, including preregistered and pending ones. */
export const resetFactors = changeHandler(async ({ request, tx, record }) => {
  const user = await findUser(tx, param(request, 'id'), 'for no key update');
  await tx.query('delete from enrollment where user_id = $1', [user.id]);
  await record({ type: 'user.mfa.factor.reset_all', targets: [userTarget(user)] });
  return { status: 200, body: {} };
});
