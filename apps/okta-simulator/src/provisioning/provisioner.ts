import { z } from 'zod';

import type { Org } from '../context.ts';
import { select } from '../store/database.ts';
import { startWaker } from '../waker.ts';
import { CallInterrupted } from './call-scim.ts';
import { runTask } from './run-task.ts';
import { taskSchema, type Task } from './task.ts';

export interface Provisioner {
  /** Looks for tasks now; safe to call at any time and repeatedly. */
  wake: () => void;
  /** Starts no new tasks and resolves when the current ones have ended. Tasks that are not done stay queued. */
  stop: () => Promise<void>;
}

/** Due tasks of active apps with an enabled connection; in order, only the first of each subject. */
async function nextTasks(org: Org, busy: readonly string[], limit: number): Promise<Task[]> {
  return select(org.db, taskSchema, {
    text: `select task.* from provisioning_task as task
       join app on app.id = task.app_id and app.status = 'ACTIVE'
       join app_connection on app_connection.app_id = app.id and app_connection.status = 'ENABLED'
     where state = 'queued' and due <= $1 and not task.seq = any($2::bigint[])
       and (not $3 or not exists (
         select from provisioning_task as earlier
         where earlier.app_id = task.app_id and earlier.subject = task.subject and earlier.state = 'queued'
           and earlier.seq < task.seq))
     order by seq limit $4`,
    values: [org.now(), busy, org.settings.current().provisioning.ordered, limit],
  });
}

async function isAnyQueued(org: Org): Promise<boolean> {
  const queued = `select seq::text from provisioning_task where state = 'queued' limit 1`;
  return (await select(org.db, z.object({ seq: z.string() }), queued)).length > 0;
}

/** A task that this org itself cannot do is tried again a second later. */
async function delay(org: Org, task: Task): Promise<void> {
  const due = new Date(org.now().getTime() + 1_000);
  await org.db.query('update provisioning_task set due = $2 where seq = $1', [task.seq, due]);
}

/** Does a task; an error of this org itself is logged, and the task comes again, as after a stop. */
async function work(org: Org, task: Task): Promise<void> {
  try {
    await runTask(org, task);
  } catch (error) {
    if (error instanceof CallInterrupted) return;
    org.logger.error({ err: error, kind: task.kind }, 'a provisioning task failed');
    await delay(org, task);
  }
}

/** Works on several tasks at the same time: at most `parallel`, as the settings say at that moment. */
export function startProvisioner(org: Org): Provisioner {
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  const start = (task: Task): void => {
    const working = work(org, task)
      .catch((error: unknown) => org.logger.error({ err: error }, 'cannot delay a provisioning task'))
      .finally(() => {
        running.delete(task.seq);
        waker.wake();
      });
    running.set(task.seq, working);
  };
  /** How many tasks may start at this moment. */
  const free = (): number => {
    const { parallel, stopped: isPaused } = org.settings.current().provisioning;
    return isPaused || stopped ? 0 : Math.max(0, parallel - running.size);
  };
  const waker = startWaker({
    look: async () => {
      if (free() === 0) return true;
      const tasks = await nextTasks(org, [...running.keys()], free());
      // The settings may have changed while the tasks were read.
      for (const task of tasks.slice(0, free())) start(task);
      return tasks.length > 0 || isAnyQueued(org);
    },
    onError: (error) => org.logger.error({ err: error }, 'cannot read the provisioning tasks'),
  });
  return {
    wake: waker.wake,
    stop: async () => {
      stopped = true;
      await waker.stop();
      await Promise.all(running.values());
    },
  };
}
