import { changeOrg } from '../context.ts';
import { OktaError } from '../http/errors.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook } from './hook.ts';

/** `DELETE /api/v1/eventHooks/{id}`: only an INACTIVE hook can be deleted. */
export const deleteEventHook: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const hook = await findHook(tx, param(request, 'eventHookId'), 'for no key update');
    if (hook.status !== 'INACTIVE')
      throw new OktaError('E0000006', { causes: ['status: an event hook must be deactivated before it is deleted'] });
    await tx.query('delete from event_hook where id = $1', [hook.id]);
    await recordEvents(tx, { org, details: request.details }, [draftHookEvent('event_hook.deleted', hook)]);
  });
  return { status: 204 };
};
