import type { LogEvent } from '../system-log/log-event.ts';

/** A log event in the format of event hooks: `client.ipChain` replaces `request`, and three attributes are added. */
export const toHookEvent = (event: LogEvent): Record<string, unknown> => ({
  uuid: event.uuid,
  published: event.published,
  eventType: event.eventType,
  version: event.version,
  severity: event.severity,
  displayMessage: event.displayMessage,
  legacyEventType: event.legacyEventType,
  actor: event.actor,
  target: event.target,
  outcome: event.outcome,
  client: { ipAddress: event.client.ipAddress, ipChain: event.request.ipChain },
  device: null,
  transaction: event.transaction,
  debugContext: event.debugContext,
  authenticationContext: {},
  securityContext: {},
  insertionTimestamp: null,
});

/** The event of a preview, as in a published sample: no actor, no target, no debugContext, and a mixed-case result. */
export const toPreviewEvent = (event: LogEvent): Record<string, unknown> => ({
  ...toHookEvent(event),
  actor: null,
  target: null,
  debugContext: null,
  outcome: { result: 'Success', reason: null },
});

/** The JSON body of one delivery. */
export const envelope = (
  issuerHost: string,
  delivery: { eventId: string; hookId: string; eventTime: Date },
  events: Record<string, unknown>[],
): string =>
  JSON.stringify({
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: `https://${issuerHost}/api/v1/eventHooks/${delivery.hookId}`,
    eventId: delivery.eventId,
    eventTime: delivery.eventTime.toISOString(),
    contentType: 'application/json',
    data: { events },
  });
