import { isDeepStrictEqual } from 'node:util';

import { changeHandler, type Change } from '../http/change-handler.ts';
import { param } from '../http/handler.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook, type Hook } from './hook.ts';
import { readHook, type HookDraft } from './read-hook.ts';

/** `PUT /api/v1/eventHooks/{id}`: a changed channel must be verified again; an omitted secret is kept. */
export const replaceEventHook = changeHandler(async (change) => {
  const { request, tx, record } = change;
  const draft = readHook(request.body);
  const before = await findHook(tx, param(request, 'eventHookId'), 'for no key update');
  await saveHook(change, before, draft);
  await record(draftHookEvent('event_hook.updated', { id: before.id, name: draft.name }));
  return { status: 200, body: presentHook(request.origin, await findHook(tx, before.id)) };
});

async function saveHook({ org, tx }: Change, before: Hook, draft: HookDraft): Promise<void> {
  const oldSecret = before.sealed_secret === null ? undefined : org.sealing.unseal(before.sealed_secret);
  const secret = draft.channel.config.authScheme === null ? undefined : (draft.secret ?? oldSecret);
  const sameChannel = isDeepStrictEqual(before.channel, draft.channel) && secret === oldSecret;
  await tx.query(
    `update event_hook set name = $2, description = $3, events = $4, channel = $5, sealed_secret = $6,
       verification_status = $7, last_updated = $8 where id = $1`,
    [
      before.id,
      draft.name,
      draft.description,
      JSON.stringify(draft.events),
      JSON.stringify(draft.channel),
      secret === undefined ? null : org.sealing.seal(secret),
      sameChannel ? before.verification_status : 'UNVERIFIED',
      org.now(),
    ],
  );
}
