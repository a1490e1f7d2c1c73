import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { param } from '../http/handler.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook } from './hook.ts';

/** `DELETE /api/v1/eventHooks/{id}`: only an INACTIVE hook can be deleted. */
export const deleteEventHook = changeHandler(async ({ request, tx, record }) => {
  const hook = await findHook(tx, param(request, 'eventHookId'), 'for no key update');
  if (hook.status !== 'INACTIVE')
    throw new OktaError('E0000006', { causes: ['status: an event hook must be deactivated before it is deleted'] });
  await tx.query('delete from event_hook where id = $1', [hook.id]);
  await record(draftHookEvent('event_hook.deleted', hook));
  return { status: 204 };
});
