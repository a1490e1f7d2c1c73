import type { Org } from '../context.ts';
import { chance } from '../store/chance.ts';
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
export async function queueForHooks(
  tx: Queryable,
  { org, seq, event }: { org: Org; seq: string; event: LogEvent },
): Promise<void> {
  if (!hookable.has(event.eventType)) return;
  const hooks = await select(tx, hookSchema, {
    text: `select * from event_hook
     where status = 'ACTIVE' and verification_status = 'VERIFIED' and events -> 'items' ? $1`,
    values: [event.eventType],
  });
  const ids = hooks.filter((hook) => passesFilter(hook, event)).map(({ id }) => id);
  if (ids.length === 0) return;
  const faults = deliveryFaults(org, seq);
  if (faults.isLost) return;
  await tx.query(
    `insert into hook_queue (hook_id, seq, rank, due)
     select unnest($1::text[]), $2, $3, clock_timestamp() + $4 * interval '1 ms'`,
    [ids, seq, faults.rank, faults.delayMs],
  );
}

/** What the controls do to the delivery of an event. */
function deliveryFaults({ settings }: Org, seq: string): { isLost: boolean; delayMs: number; rank: number } {
  const { hookDelayMs, hookLoseRate, hookReorder, seed } = settings.current();
  return {
    isLost: chance(seed, 'lose', seq) < hookLoseRate,
    delayMs: Math.round(hookReorder ? hookDelayMs * chance(seed, 'delay', seq) : hookDelayMs),
    rank: hookReorder ? chance(seed, 'order', seq) : 0,
  };
}

function passesFilter(hook: Hook, event: LogEvent): boolean {
  const filters = hook.events.filter?.eventFilterMap.filter((one) => one.event === event.eventType) ?? [];
  return filters.every(({ condition }) => readFilterExpression(condition.expression)?.(event) === true);
}
