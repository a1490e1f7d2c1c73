import { isDeepStrictEqual } from 'node:util';

import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook } from './hook.ts';
import { readHook } from './read-hook.ts';

/** `PUT /api/v1/eventHooks/{id}`: a changed channel must be verified again; an omitted secret is kept. */
export const replaceEventHook: Handler = async (org, request) => {
  const draft = readHook(request.body);
  const id = param(request, 'eventHookId');
  const hook = await changeOrg(org, async (tx) => {
    const before = await findHook(tx, id, 'for no key update');
    const oldSecret = before.sealed_secret === null ? undefined : org.sealing.unseal(before.sealed_secret);
    const secret = draft.channel.config.authScheme === null ? undefined : (draft.secret ?? oldSecret);
    const sameChannel = isDeepStrictEqual(before.channel, draft.channel) && secret === oldSecret;
    await tx.query(
      `update event_hook set name = $2, description = $3, events = $4, channel = $5, sealed_secret = $6,
         verification_status = $7, last_updated = $8 where id = $1`,
      [
        id,
        draft.name,
        draft.description,
        JSON.stringify(draft.events),
        JSON.stringify(draft.channel),
        secret === undefined ? null : org.sealing.seal(secret),
        sameChannel ? before.verification_status : 'UNVERIFIED',
        org.now(),
      ],
    );
    await recordEvents(tx, { org, details: request.details }, [
      draftHookEvent('event_hook.updated', { id, name: draft.name }),
    ]);
    return findHook(tx, id);
  });
  return { status: 200, body: presentHook(request.origin, hook) };
};
