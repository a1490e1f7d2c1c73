import { changeOrg } from '../context.ts';
import type { Handler } from '../http/handler.ts';
import { oktaId } from '../store/okta-id.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook } from './hook.ts';
import { readHook } from './read-hook.ts';

/** `POST /api/v1/eventHooks`: the hook is ACTIVE at once, but receives no events until it is verified. */
export const createEventHook: Handler = async (org, request) => {
  const { name, description, events, channel, secret } = readHook(request.body);
  const id = oktaId('who');
  const hook = await changeOrg(org, async (tx) => {
    await tx.query(
      `insert into event_hook
         (id, name, description, status, verification_status, events, channel, sealed_secret, created, created_by, last_updated)
       values ($1, $2, $3, 'ACTIVE', 'UNVERIFIED', $4, $5, $6, $7, $8, $7)`,
      [
        id,
        name,
        description,
        JSON.stringify(events),
        JSON.stringify(channel),
        secret === undefined ? null : org.sealing.seal(secret),
        org.now(),
        org.identity.administratorId,
      ],
    );
    await recordEvents(tx, { org, details: request.details }, [draftHookEvent('event_hook.created', { id, name })]);
    return findHook(tx, id);
  });
  return { status: 200, body: presentHook(request.origin, hook) };
};
