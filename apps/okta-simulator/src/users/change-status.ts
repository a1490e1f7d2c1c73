import { followStatus } from '../apps/follow-user.ts';
import type { Org } from '../context.ts';
import { changeHandler, type Change } from '../http/change-handler.ts';
import { flag, param, type Handler, type OktaRequest } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { randomText } from '../store/okta-id.ts';
import { lifecycle, mayPass, type LifecycleVerb } from './lifecycle.ts';
import { presentUser } from './present-user.ts';
import { findUser, userSchema, userTarget, type User } from './user.ts';

/** Applies a transition to a locked user. @throws OktaError if the transition does not start at their status */
export async function applyTransition({ org, tx, record }: Change, user: User, verb: LifecycleVerb): Promise<User> {
  const transition = lifecycle[verb];
  if (!mayPass(transition, user.status)) throw transition.refusal();
  const [changed = user] = await select(tx, userSchema, {
    text: `update org_user set status = $2, status_changed = $3, last_updated = $3,
       activated = case when $4 then $3 else activated end where id = $1 returning *`,
    values: [user.id, transition.to(user), org.now(), verb === 'activate'],
  });
  const followed = await followStatus(tx, user, { user: changed, now: org.now() });
  await record({ type: transition.event, targets: [userTarget(changed)] }, ...followed);
  return changed;
}

type Body = (org: Org, request: OktaRequest, user: User) => Record<string, unknown>;

const changeStatus = (verb: LifecycleVerb, body: Body = () => ({})): Handler =>
  changeHandler(async (change) => {
    const { org, request, tx } = change;
    const before = await findUser(tx, param(request, 'id'), 'for no key update');
    return { status: 200, body: body(org, request, await applyTransition(change, before, verb)) };
  });

/** With `sendEmail=false` the response contains the link of the mail. This org sends no such mails. */
const activationToken =
  (sendsByDefault: boolean): Body =>
  (org, request) => {
    if (flag(request, 'sendEmail', sendsByDefault)) return {};
    const token = randomText(20);
    return { activationUrl: `https://${org.issuerHost}/welcome/${token}`, activationToken: token };
  };

export const activateUser = changeStatus('activate', activationToken(true));
export const reactivateUser = changeStatus('reactivate', activationToken(false));
export const deactivateUser = changeStatus('deactivate');
export const suspendUser = changeStatus('suspend');
export const unsuspendUser = changeStatus('unsuspend');
export const unlockUser = changeStatus('unlock');
export const expirePassword = changeStatus('expire_password', (org, request, user) =>
  presentUser(request.origin, org.identity.userTypeId, user),
);
export const resetPassword = changeStatus('reset_password', (org, request) =>
  flag(request, 'sendEmail', true)
    ? {}
    : { resetPasswordUrl: `https://${org.issuerHost}/reset_password/${randomText(20)}` },
);
