import { findApp } from '../apps/app.ts';
import { readConnection } from '../apps/connection.ts';
import type { Org } from '../context.ts';
import { inTransaction, type Queryable } from '../store/database.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { createScimClient } from './scim-client.ts';
import { ScimFailure } from './scim-failure.ts';
import { failureEvent, isAboutGroup, problemOf, taskKinds } from './task-kinds.ts';
import type { Task } from './task.ts';
import type { Done, Work } from './work.ts';

/** How long a task waits after its n-th 429: as the server says in whole seconds, else 5 minutes, doubled each time. */
export function waitAfter429Ms(retryAfterSeconds: number | null, tries: number, retryDelayMs: number): number {
  return retryAfterSeconds === null ? retryDelayMs * 2 ** tries : retryAfterSeconds * 1_000;
}

/** Commits what a task leaves, and removes the task. After a crash before that, the task is done again. */
async function finish({ org, task }: Work, { drafts, save }: Done): Promise<void> {
  await inTransaction(org.db, async (tx) => {
    await save?.(tx);
    await tx.query('delete from provisioning_task where seq = $1', [task.seq]);
    await recordEvents(tx, { org }, drafts);
  });
}

async function postpone({ org, task }: Work, retryAfterSeconds: number | null): Promise<void> {
  const { retryDelayMs } = org.settings.current().provisioning;
  const waitMs = waitAfter429Ms(retryAfterSeconds, task.tries, retryDelayMs);
  const due = new Date(org.now().getTime() + waitMs);
  await org.db.query('update provisioning_task set tries = tries + 1, due = $2 where seq = $1', [task.seq, due]);
}

async function markError(tx: Queryable, { app, org, task }: Work, problem: string): Promise<void> {
  const values = [app.id, task.subject, org.now()];
  if (isAboutGroup(task))
    await tx.query(
      `update group_push set status = 'ERROR', error_summary = $4, last_updated = $3
       where app_id = $1 and id = $2 and status = 'ACTIVE'`,
      [...values, problem],
    );
  else
    await tx.query(
      `update app_user set sync_state = 'ERROR', last_updated = $3 where app_id = $1 and user_id = $2`,
      values,
    );
}

/** A failed task stays until it is retried by control. */
async function fail(work: Work, failure: ScimFailure): Promise<void> {
  const { org, task } = work;
  const problem = problemOf(work, failure.message);
  await inTransaction(org.db, async (tx) => {
    await markError(tx, work, problem);
    await tx.query(
      `update provisioning_task set state = 'failed', problem = $2, failed_at = $3, tries = tries + 1 where seq = $1`,
      [task.seq, problem, org.now()],
    );
    await recordEvents(tx, { org }, [failureEvent(work, failure.message)]);
  });
}

/** Does a task, and records how it ended. @throws only for what is wrong in this org itself */
export async function runTask(org: Org, task: Task): Promise<void> {
  const app = await findApp(org.db, task.app_id);
  const connection = await readConnection(org.db, app.id);
  if (connection === undefined) return;
  const work: Work = { org, app, task, scim: createScimClient(org, { app, connection }) };
  try {
    await finish(work, await taskKinds[task.kind].run(work));
  } catch (error) {
    if (!(error instanceof ScimFailure)) throw error;
    const { retryAfterSeconds } = error;
    const again = retryAfterSeconds !== undefined && task.tries + 1 < org.settings.current().provisioning.maxTries;
    if (again) await postpone(work, retryAfterSeconds);
    else await fail(work, error);
  }
}
