import { changeHandler, type Change } from '../http/change-handler.ts';
import { param, type Handler } from '../http/handler.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook, type Hook } from './hook.ts';

type HookStatus = 'ACTIVE' | 'INACTIVE';

const setHookStatus = (status: HookStatus): Handler =>
  changeHandler(async (change) => {
    const before = await findHook(change.tx, param(change.request, 'eventHookId'), 'for no key update');
    const hook = before.status === status ? before : await saveStatus(change, before, status);
    return { status: 200, body: presentHook(change.request.origin, hook) };
  });

async function saveStatus({ org, tx, record }: Change, hook: Hook, status: HookStatus): Promise<Hook> {
  const values = [hook.id, status, org.now()];
  await tx.query('update event_hook set status = $2, last_updated = $3 where id = $1', values);
  await record(draftHookEvent(status === 'ACTIVE' ? 'event_hook.activated' : 'event_hook.deactivated', hook));
  return findHook(tx, hook.id);
}

export const activateEventHook = setHookStatus('ACTIVE');
export const deactivateEventHook = setHookStatus('INACTIVE');
