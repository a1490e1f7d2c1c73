import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { parseBody, type Handler } from '../http/handler.ts';
import { systemPrincipal, toLogEvent } from '../system-log/log-event.ts';
import { callHook, describeCall } from './call-hook.ts';
import { envelope, toPreviewEvent } from './envelope.ts';
import { findHook } from './hook.ts';

/** `POST /sim/events/preview { hookId }`: the admin console's preview, sample data with nulls, sent without applying filters. */
export const previewEvent: Handler = async (org, request) => {
  const { hookId } = parseBody(z.strictObject({ hookId: z.string() }), request.body, 'preview');
  const hook = await findHook(org.db, hookId);
  const eventTime = org.now();
  const sample = toLogEvent(
    { type: 'group.user_membership.add', targets: [] },
    { uuid: randomUUID(), published: eventTime, actor: systemPrincipal, details: request.details },
  );
  const body = envelope(org.issuerHost, { eventId: randomUUID(), hookId, eventTime }, [toPreviewEvent(sample)]);
  const result = await callHook(org, hook, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  return { status: 200, body: { result: describeCall(result) } };
};
