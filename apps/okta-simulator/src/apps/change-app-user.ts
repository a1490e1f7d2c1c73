import { z } from 'zod';

import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { param, parseBody } from '../http/handler.ts';
import { displayNameOf, findUser, profileSchema } from '../users/user.ts';
import { appUserTarget, findAppUser } from './app-user.ts';
import { appTarget, findApp } from './app.ts';
import { queueUserTask, applyGroupAssignments, unassignApp } from './assignments.ts';
import { presentAppUser } from './present-app-user.ts';

const bodySchema = z.looseObject({
  profile: profileSchema.nullish(),
  credentials: z.looseObject({ userName: z.string().min(1).max(100).optional() }).nullish(),
});

/** `POST /api/v1/apps/{appId}/users/{userId}`: partial; null removes an attribute. */
export const updateAppUser = changeHandler(async ({ org, request, tx, record }) => {
  const body = parseBody(bodySchema, request.body, 'appUser');
  const app = await findApp(tx, param(request, 'appId'));
  const user = await findUser(tx, param(request, 'userId'), 'for no key update');
  const key = { appId: app.id, userId: user.id };
  const before = await findAppUser(tx, key);
  const merged = Object.entries({ ...before.profile, ...body.profile }).filter(([, value]) => value !== null);
  const userName = body.credentials?.userName ?? before.user_name;
  await tx.query(
    'update app_user set profile = $3, user_name = $4, last_updated = $5 where app_id = $1 and user_id = $2',
    [app.id, user.id, JSON.stringify(Object.fromEntries(merged)), userName, org.now()],
  );
  const pushes = before.status === 'PROVISIONED' && app.capabilities.update.profile.status === 'ENABLED';
  if (pushes) await queueUserTask(tx, { appId: app.id, user, kind: 'profile', now: org.now() });
  const after = await findAppUser(tx, key);
  const targets = [appUserTarget(after, displayNameOf(user)), appTarget(app)];
  await record({ type: 'application.user_membership.update', targets });
  return { status: 200, body: presentAppUser(request.origin, after) };
});

/** `DELETE /api/v1/apps/{appId}/users/{userId}`: 403 for an assignment that a group makes. */
export const unassignUserFromApp = changeHandler(async ({ org, request, tx, record }) => {
  const app = await findApp(tx, param(request, 'appId'));
  const user = await findUser(tx, param(request, 'userId'), 'for no key update');
  const { scope } = await findAppUser(tx, { appId: app.id, userId: user.id });
  if (scope === 'GROUP')
    throw new OktaError('E0000006', { causes: ['scope: the app is assigned through a group; unassign that one'] });
  const now = org.now();
  const drafts = await unassignApp(tx, { app, user, now });
  const regained = await applyGroupAssignments(tx, { appId: app.id, userIds: [user.id], now });
  await record(...drafts, ...regained);
  return { status: 204 };
});
