import type { EventTypeName } from '../system-log/event-types.ts';
import type { Happening } from '../system-log/log-event.ts';
import type { Hook } from './hook.ts';

type HookEventName = Extract<EventTypeName, `event_hook.${string}`>;

/** What the log says of a change to a hook. */
export function hookHappening(type: HookEventName, hook: Pick<Hook, 'id' | 'name'>): Happening {
  const target = { id: hook.id, type: 'EventHook', alternateId: 'unknown', displayName: hook.name, detailEntry: null };
  return { type, targets: [target] };
}
