import type { EventTypeName } from '../system-log/event-types.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import type { Hook } from './hook.ts';

type HookEventName = Extract<EventTypeName, `event_hook.${string}`>;

/** The log event for a change to a hook. */
export function draftHookEvent(type: HookEventName, hook: Pick<Hook, 'id' | 'name'>): EventDraft {
  const target = { id: hook.id, type: 'EventHook', alternateId: 'unknown', displayName: hook.name, detailEntry: null };
  return { type, targets: [target] };
}
