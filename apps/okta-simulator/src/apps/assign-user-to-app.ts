import { z } from 'zod';

import { changeHandler, type Change } from '../http/change-handler.ts';
import { param, parseBody } from '../http/handler.ts';
import { findUser, profileSchema, type User } from '../users/user.ts';
import { findAppUser, readAppUser } from './app-user.ts';
import { findActiveApp, type App } from './app.ts';
import { assignApp } from './assignments.ts';
import { presentAppUser } from './present-app-user.ts';

const bodySchema = z.looseObject({
  id: z.string().min(1),
  scope: z.enum(['USER', 'GROUP']).optional(),
  credentials: z.looseObject({ userName: z.string().min(1).max(100).optional() }).nullish(),
  profile: profileSchema.nullish(),
});

type Body = z.infer<typeof bodySchema>;

/** `POST /api/v1/apps/{appId}/users`: a user who has the app through a group then has it by themselves. */
export const assignUserToApp = changeHandler(async (change) => {
  const { request, tx } = change;
  const body = parseBody(bodySchema, request.body, 'appUser');
  const app = await findActiveApp(tx, param(request, 'appId'));
  const user = await findUser(tx, body.id, 'for no key update');
  await assign(change, { app, user, body });
  return { status: 200, body: presentAppUser(request.origin, await findAppUser(tx, keyOf(app, user))) };
});

const keyOf = (app: App, user: User) => ({ appId: app.id, userId: user.id });

async function assign({ org, tx, record }: Change, { app, user, body }: { app: App; user: User; body: Body }) {
  const now = org.now();
  const before = await readAppUser(tx, keyOf(app, user));
  if (before !== undefined) {
    const values = [app.id, user.id, now];
    await tx.query(`update app_user set scope = 'USER', last_updated = $3 where app_id = $1 and user_id = $2`, values);
    return;
  }
  const profile = body.profile ?? {};
  const userName = body.credentials?.userName;
  await record(...(await assignApp(tx, { app, user, scope: 'USER', profile, userName, now })));
}
