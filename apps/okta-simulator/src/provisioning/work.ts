import type { App } from '../apps/app.ts';
import type { Org } from '../context.ts';
import type { Queryable } from '../store/database.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import type { ScimClient } from './scim-client.ts';
import type { Task } from './task.ts';

/** A task that is being worked on, with its app and the client of the app's server. */
export interface Work {
  org: Org;
  task: Task;
  app: App;
  scim: ScimClient;
}

/** What a task that ended well leaves: the state to save, and the events to record, both in one transaction. */
export interface Done {
  save?: (tx: Queryable) => Promise<void>;
  drafts: EventDraft[];
}

/** The end of a task that has nothing to send any more. */
export const nothingToDo: Done = { drafts: [] };
