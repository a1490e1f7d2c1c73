import { changeHandler, type Change } from '../http/change-handler.ts';
import { oktaId } from '../store/okta-id.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook } from './hook.ts';
import { readHook, type HookDraft } from './read-hook.ts';

/** `POST /api/v1/eventHooks`: the hook is ACTIVE at once, but receives no events until it is verified. */
export const createEventHook = changeHandler(async (change) => {
  const { request, tx, record } = change;
  const draft = readHook(request.body);
  const id = oktaId('who');
  await insertHook(change, id, draft);
  await record(draftHookEvent('event_hook.created', { id, name: draft.name }));
  return { status: 200, body: presentHook(request.origin, await findHook(tx, id)) };
});

async function insertHook({ org, tx }: Change, id: string, draft: HookDraft): Promise<void> {
  const { name, description, events, channel, secret } = draft;
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
}
