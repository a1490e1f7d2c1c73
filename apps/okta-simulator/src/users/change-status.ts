import type { PoolClient } from 'pg';

import { changeOrg, type Org } from '../context.ts';
import { flag, param, type Handler, type Occasion, type OktaRequest } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { randomText } from '../store/okta-id.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { lifecycle, mayPass, type LifecycleVerb } from './lifecycle.ts';
import { presentUser } from './present-user.ts';
import { findUser, userSchema, userTarget, type User } from './user.ts';

/** Takes a locked user along one arrow. @throws OktaError as the arrow says when it does not start at their status. */
export async function applyTransition(
  tx: PoolClient,
  org: Org,
  { occasion, user, verb }: { occasion: Occasion; user: User; verb: LifecycleVerb },
): Promise<User> {
  const transition = lifecycle[verb];
  if (!mayPass(transition, user.status)) throw transition.refusal();
  const [changed = user] = await select(
    tx,
    userSchema,
    `update org_user set status = $2, status_changed = $3, last_updated = $3,
       activated = case when $4 then $3 else activated end where id = $1 returning *`,
    [user.id, transition.to(user), org.now(), verb === 'activate'],
  );
  await recordEvents(tx, org, occasion, [{ type: transition.event, targets: [userTarget(changed)] }]);
  return changed;
}

type Body = (org: Org, request: OktaRequest, user: User) => Record<string, unknown>;

function changeStatus(verb: LifecycleVerb, body: Body = () => ({})): Handler {
  return async (org, request) => {
    const user = await changeOrg(org, async (tx) => {
      const before = await findUser(tx, param(request, 'id'), 'for no key update');
      return applyTransition(tx, org, { occasion: request.occasion, user: before, verb });
    });
    return { status: 200, body: body(org, request, user) };
  };
}

/** With `sendEmail=false` the caller gets the link that the mail would have held. This org sends no such mails. */
const activationToken =
  (standard: boolean): Body =>
  (org, request) => {
    if (flag(request, 'sendEmail', standard)) return {};
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
