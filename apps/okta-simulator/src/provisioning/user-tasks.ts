import { z } from 'zod';

import { scimAttributes } from '../apps/app-schema.ts';
import { appUserTarget, readAppUser, type AppUser } from '../apps/app-user.ts';
import { appTarget } from '../apps/app.ts';
import { select } from '../store/database.ts';
import type { EventTypeName } from '../system-log/event-types.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { userSchema, type User } from '../users/user.ts';
import { buildScimUser, type ScimObject, type ScimUser } from './scim-user.ts';
import { updateBody } from './user-body.ts';
import { nothingToDo, type Done, type Work } from './work.ts';

/** A user of the app as a task finds them. */
export interface Person {
  user: User;
  appUser: AppUser;
  scimUser: ScimUser;
}

/** Undefined if they were unassigned or deleted meanwhile. */
export async function readPerson({ org, app, task }: Work): Promise<Person | undefined> {
  const appUser = await readAppUser(org.db, { appId: app.id, userId: task.subject });
  const text = 'select * from org_user where id = $1';
  const [user] = await select(org.db, userSchema, { text, values: [task.subject] });
  if (appUser === undefined || user === undefined) return undefined;
  const { profile, user_name: userName } = appUser;
  return { user, appUser, scimUser: buildScimUser(scimAttributes(app), { userName, profile }) };
}

/** The event of a task about a user. */
export function userEvent(
  { app, task }: Pick<Work, 'app' | 'task'>,
  type: EventTypeName,
  failure?: string,
): EventDraft {
  const { login, name } = task.data;
  const target = appUserTarget({ user_id: task.subject, user_name: login }, name);
  return { type, targets: [target, appTarget(app)], ...(failure === undefined ? {} : { failure }) };
}

/** Under which id the server knows the user; kept after they were unassigned. */
export async function readLink({ org, app, task }: Work): Promise<string | undefined> {
  const [link] = await select(org.db, z.object({ external_id: z.string() }), {
    text: 'select external_id from app_link where app_id = $1 and user_id = $2',
    values: [app.id, task.subject],
  });
  return link?.external_id;
}

export const userPath = (externalId: string): string => `/Users/${encodeURIComponent(externalId)}`;

/** The server's answer with Okta's values on top. */
export function merge({ app, task }: Work, current: ScimObject, scimUser: ScimUser): ScimObject {
  return updateBody(current, scimUser, { attributes: scimAttributes(app), externalId: task.subject });
}

/** Reads the user from the server, and writes them back with `change` on top of what was read. */
export async function getAndPut(
  work: Work,
  externalId: string,
  change: (current: ScimObject) => ScimObject,
): Promise<void> {
  const current = await work.scim.get(userPath(externalId));
  await work.scim.put(userPath(externalId), change(current));
}

/** Writes one status or password: a PATCH for catalog apps, GET and PUT for wizard apps. */
export async function setOnServer(work: Work, externalId: string, value: ScimObject): Promise<void> {
  if (work.app.options.client === 'template') await work.scim.patch(userPath(externalId), [{ op: 'replace', value }]);
  else await getAndPut(work, externalId, (current) => ({ ...current, ...value }));
}

/** Marks the app user as being as the server has them. */
export const markSynchronized =
  (
    { org, app, task }: Work,
    columns: 'has_password = has_password' | 'has_password = true, password_changed = $3',
  ): NonNullable<Done['save']> =>
  async (tx) => {
    await tx.query(
      `update app_user set sync_state = 'SYNCHRONIZED', last_sync = $3, last_updated = $3, ${columns}
       where app_id = $1 and user_id = $2 and status = 'PROVISIONED'`,
      [app.id, task.subject, org.now()],
    );
  };

/** Pushes the profile: GET and PUT for both kinds of apps. It carries no change of status. */
export async function pushProfile(work: Work): Promise<Done> {
  const person = await readPerson(work);
  const externalId = person?.appUser.external_id;
  if (person === undefined || typeof externalId !== 'string') return nothingToDo;
  await getAndPut(work, externalId, (current) => merge(work, current, person.scimUser));
  return {
    save: markSynchronized(work, 'has_password = has_password'),
    drafts: [userEvent(work, 'application.provision.user.push_profile')],
  };
}

/** Pushes the Okta password that the task holds. */
export async function pushPassword(work: Work): Promise<Done> {
  const sealed = work.task.data.sealedPassword;
  const externalId = (await readPerson(work))?.appUser.external_id;
  if (sealed === undefined || typeof externalId !== 'string') return nothingToDo;
  await setOnServer(work, externalId, { password: work.org.sealing.unseal(sealed) });
  return {
    save: markSynchronized(work, 'has_password = true, password_changed = $3'),
    drafts: [userEvent(work, 'application.provision.user.push_okta_password')],
  };
}

/** Deactivates a user who has lost the app, unless they were never on the server or have got the app again. */
export async function deactivate(work: Work): Promise<Done> {
  const externalId = await readLink(work);
  const again = await readAppUser(work.org.db, { appId: work.app.id, userId: work.task.subject });
  if (externalId === undefined || again?.status === 'PROVISIONED') return nothingToDo;
  await setOnServer(work, externalId, { active: false });
  return { drafts: [userEvent(work, 'application.provision.user.deactivate')] };
}
