import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook } from './hook.ts';

function setHookStatus(status: 'ACTIVE' | 'INACTIVE'): Handler {
  return async (org, request) => {
    const id = param(request, 'eventHookId');
    const hook = await changeOrg(org, async (tx) => {
      const before = await findHook(tx, id, 'for no key update');
      if (before.status === status) return before;
      await tx.query('update event_hook set status = $2, last_updated = $3 where id = $1', [id, status, org.now()]);
      const event = status === 'ACTIVE' ? 'event_hook.activated' : 'event_hook.deactivated';
      await recordEvents(tx, { org, details: request.details }, [draftHookEvent(event, before)]);
      return findHook(tx, id);
    });
    return { status: 200, body: presentHook(request.origin, hook) };
  };
}

export const activateEventHook = setHookStatus('ACTIVE');
export const deactivateEventHook = setHookStatus('INACTIVE');
