import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { readAppUser } from '../apps/app-user.ts';
import { appOptionsSchema, findApp } from '../apps/app.ts';
import { queueUserTask } from '../apps/assignments.ts';
import { followPassword } from '../apps/follow-user.ts';
import { changeOrg } from '../context.ts';
import { findMapping } from '../group-push/mapping.ts';
import { queuePush } from '../group-push/mappings-api.ts';
import { notFound } from '../http/errors.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { importResultSchema } from '../provisioning/import-users.ts';
import { queueTask, taskSchema } from '../provisioning/task.ts';
import { select } from '../store/database.ts';
import { provisioningSchema } from '../store/provisioning-settings.ts';
import { findUser } from '../users/user.ts';

const settingsBody = z.strictObject(
  Object.fromEntries(
    Object.entries(provisioningSchema.shape).map(([name, shape]) => [name, shape.unwrap().optional()]),
  ),
);

/** `PUT /sim/provisioning`: changes what the body has, and returns all of it. */
export const changeProvisioning: Handler = async (org, request) => {
  const changes = parseBody(settingsBody, request.body, 'provisioning');
  const provisioning = provisioningSchema.parse({ ...org.settings.current().provisioning, ...changes });
  await org.settings.change({ provisioning });
  org.wakeDeliveries();
  return { status: 200, body: provisioning };
};

const countsSchema = z.object({ queued: z.number(), waiting: z.number(), failed: z.number() });

/** `GET /sim/provisioning`: how many tasks are queued, how many of them wait after a 429, and how many have failed. */
export const showProvisioning: Handler = async (org) => {
  const [counts] = await select(org.db, countsSchema, {
    text: `select count(*) filter (where state = 'queued')::int as queued,
       count(*) filter (where state = 'queued' and due > $1)::int as waiting,
       count(*) filter (where state = 'failed')::int as failed from provisioning_task`,
    values: [org.now()],
  });
  return { status: 200, body: { ...counts, settings: org.settings.current().provisioning } };
};

/** `GET /sim/tasks`: what the admin sees under Dashboard > Tasks, oldest first. */
export const listTasks: Handler = async (org) => {
  const tasks = await select(
    org.db,
    taskSchema,
    `select * from provisioning_task where state = 'failed' order by failed_at, seq`,
  );
  const body = tasks.map((task) => ({
    id: task.seq,
    appId: task.app_id,
    kind: task.kind,
    subject: task.subject,
    message: task.problem,
    tries: task.tries,
    at: task.failed_at?.toISOString(),
  }));
  return { status: 200, body };
};

/** `POST /sim/tasks/{taskId}/retry` */
export const retryTask: Handler = async (org, request) => {
  const id = param(request, 'taskId');
  const retried = await org.db.query(
    `update provisioning_task set state = 'queued', tries = 0, due = $2, problem = null, failed_at = null
     where seq::text = $1 and state = 'failed'`,
    [id, org.now()],
  );
  if (retried.rowCount === 0) throw notFound(id, 'Task');
  org.wakeDeliveries();
  return { status: 204 };
};

/** `DELETE /sim/tasks/{taskId}`: the admin marks it as resolved. */
export const dismissTask: Handler = async (org, request) => {
  const id = param(request, 'taskId');
  const values = [id];
  const gone = await org.db.query(`delete from provisioning_task where seq::text = $1 and state = 'failed'`, values);
  if (gone.rowCount === 0) throw notFound(id, 'Task');
  return { status: 204 };
};

/** `PUT /sim/apps/{appId}`: what an org has only in its admin UI; changes what the body has. */
export const changeAppOptions: Handler = async (org, request) => {
  const app = await findApp(org.db, param(request, 'appId'));
  const options = { ...app.options, ...parseBody(appOptionsSchema.partial(), request.body, 'options') };
  await org.db.query('update app set options = $2 where id = $1', [app.id, JSON.stringify(options)]);
  return { status: 200, body: options };
};

/** `POST /sim/apps/{appId}/users/{userId}/provision`: the button "Provision User" of one who was assigned before. */
export const provisionAppUser: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const app = await findApp(tx, param(request, 'appId'));
    const user = await findUser(tx, param(request, 'userId'), 'for no key update');
    const appUser = await readAppUser(tx, { appId: app.id, userId: user.id });
    if (appUser === undefined) throw notFound(user.id, 'AppUser');
    if (appUser.status === 'PROVISIONED') return;
    await tx.query(`update app_user set status = 'STAGED', sync_state = 'SYNCING' where app_id = $1 and user_id = $2`, [
      app.id,
      user.id,
    ]);
    await queueUserTask(tx, { appId: app.id, user, kind: 'create', now: org.now() });
  });
  return { status: 204 };
};

/** `POST /sim/apps/{appId}/force-sync`: the button "Force Sync" pushes the profiles of all provisioned users. */
export const forceSync: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const app = await findApp(tx, param(request, 'appId'));
    const users = await select(tx, z.object({ user_id: z.string() }), {
      text: `select user_id from app_user where app_id = $1 and status = 'PROVISIONED' order by ordinal`,
      values: [app.id],
    });
    for (const { user_id: id } of users)
      await queueUserTask(tx, { appId: app.id, user: await findUser(tx, id), kind: 'profile', now: org.now() });
  });
  return { status: 204 };
};

/** `POST /sim/apps/{appId}/group-push/mappings/{mappingId}/push-now`: the button "Push now". */
export const pushNow: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const mapping = await findMapping(tx, param(request, 'appId'), param(request, 'mappingId'));
    await queuePush(tx, mapping, { kind: 'push_now', now: org.now() });
  });
  return { status: 204 };
};

/** `POST /sim/apps/{appId}/imports`: the button "Import Now"; returns the id under which the result appears. */
export const startImport: Handler = async (org, request) => {
  const importId = randomUUID();
  await changeOrg(org, async (tx) => {
    const app = await findApp(tx, param(request, 'appId'));
    await queueTask(tx, {
      appId: app.id,
      kind: 'import',
      subject: importId,
      data: { name: app.label },
      now: org.now(),
    });
  });
  return { status: 202, body: { importId } };
};

/** `GET /sim/apps/{appId}/imports`: the results of all imports, oldest first. */
export const listImports: Handler = async (org, request) => {
  const app = await findApp(org.db, param(request, 'appId'));
  const rows = await select(org.db, z.object({ id: z.string(), started: z.date(), result: importResultSchema }), {
    text: 'select id, started, result from app_import where app_id = $1 order by ordinal',
    values: [app.id],
  });
  return { status: 200, body: rows.map(({ id, started, result }) => ({ id, at: started.toISOString(), ...result })) };
};

const signInSchema = z.strictObject({ password: z.string().min(1) });

/** `POST /sim/users/{userId}/sign-in`: the org learns the password, and pushes it to the apps that have not got it. */
export const signIn: Handler = async (org, request) => {
  const { password } = parseBody(signInSchema, request.body, 'sign-in');
  await changeOrg(org, async (tx) => {
    const user = await findUser(tx, param(request, 'userId'), 'for no key update');
    const sealedPassword = org.sealing.seal(password);
    await tx.query('update org_user set has_password = true, sealed_password = $2 where id = $1', [
      user.id,
      sealedPassword,
    ]);
    await followPassword(tx, 'signed in', { user, now: org.now(), sealedPassword });
  });
  return { status: 204 };
};
