import type { Queryable } from '../store/database.ts';
import { select } from '../store/database.ts';
import { eventTypes } from '../system-log/event-types.ts';
import type { LogEvent } from '../system-log/log-event.ts';
import { readFilterExpression } from './filter-expression.ts';
import { hookSchema, type Hook } from './hook.ts';

const hookable: ReadonlySet<string> = new Set(
  Object.entries(eventTypes).flatMap(([name, { hook }]) => (hook ? [name] : [])),
);

/** Queues an event for every hook that is active, verified, subscribed to its type and does not filter it out. */
export async function queueForHooks(tx: Queryable, seq: string, event: LogEvent): Promise<void> {
  if (!hookable.has(event.eventType)) return;
  const hooks = await select(tx, hookSchema, {
    text: `select * from event_hook
     where status = 'ACTIVE' and verification_status = 'VERIFIED' and events -> 'items' ? $1`,
    values: [event.eventType],
  });
  const ids = hooks.filter((hook) => passesFilter(hook, event)).map(({ id }) => id);
  if (ids.length === 0) return;
  await tx.query('insert into hook_queue (hook_id, seq) select unnest($1::text[]), $2', [ids, seq]);
}

function passesFilter(hook: Hook, event: LogEvent): boolean {
  const filters = hook.events.filter?.eventFilterMap.filter((one) => one.event === event.eventType) ?? [];
  return filters.every(({ condition }) => readFilterExpression(condition.expression)?.(event) === true);
}
