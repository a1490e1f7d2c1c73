import { z } from 'zod';

import type { RequestDetails } from '../http/handler.ts';
import { eventTypes, type EventTypeName } from './event-types.ts';

const principalSchema = z.object({
  id: z.string(),
  type: z.string(),
  alternateId: z.string(),
  displayName: z.string(),
  detailEntry: z.record(z.string(), z.unknown()).nullable(),
});

export type Principal = z.infer<typeof principalSchema>;

/** An event in the format of the System Log API, which is also the stored format. */
export const logEventSchema = z.object({
  actor: principalSchema,
  client: z.object({ ipAddress: z.string().nullable() }).loose(),
  authenticationContext: z.record(z.string(), z.unknown()),
  displayMessage: z.string(),
  eventType: z.string(),
  outcome: z.object({ result: z.enum(['SUCCESS', 'FAILURE']), reason: z.string().nullable() }),
  published: z.string(),
  securityContext: z.record(z.string(), z.unknown()),
  severity: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  debugContext: z.object({ debugData: z.record(z.string(), z.unknown()) }),
  legacyEventType: z.string().nullable(),
  transaction: z.object({ type: z.string(), id: z.string(), detail: z.record(z.string(), z.unknown()) }),
  uuid: z.string(),
  version: z.string(),
  request: z.object({ ipChain: z.array(z.unknown()) }),
  target: z.array(principalSchema),
});

export type LogEvent = z.infer<typeof logEventSchema>;

/** The content of an event without the attributes that `toLogEvent` adds. */
export interface EventDraft {
  type: EventTypeName;
  targets: Principal[];
  /** Undefined for a success. */
  failure?: string;
  debugData?: Record<string, unknown>;
}

/** The actor of events that the org raises itself. */
export const systemPrincipal: Principal = {
  id: 'unknown',
  type: 'SystemPrincipal',
  alternateId: 'system@okta.com',
  displayName: 'Okta System',
  detailEntry: null,
};

export interface Circumstances {
  uuid: string;
  published: Date;
  actor: Principal;
  /** Undefined for events that the org raises itself. */
  details: RequestDetails | undefined;
}

export function toLogEvent(draft: EventDraft, { uuid, published, actor, details }: Circumstances): LogEvent {
  const { displayMessage, legacyEventType } = eventTypes[draft.type];
  const failed = draft.failure !== undefined;
  return {
    actor,
    client: client(details),
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      externalSessionId: details === undefined ? 'unknown' : `trs${details.requestId}`,
    },
    displayMessage,
    eventType: draft.type,
    outcome: { result: failed ? 'FAILURE' : 'SUCCESS', reason: draft.failure ?? null },
    published: published.toISOString(),
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    severity: failed ? 'WARN' : 'INFO',
    debugContext: { debugData: { ...requestData(details), ...draft.debugData } },
    legacyEventType,
    transaction: { type: details === undefined ? 'JOB' : 'WEB', id: details?.requestId ?? uuid, detail: {} },
    uuid,
    version: '0',
    request: { ipChain: ipChain(details) },
    target: draft.targets,
  };
}

function client(details: RequestDetails | undefined): LogEvent['client'] {
  if (details === undefined)
    return { userAgent: null, zone: null, device: null, id: null, ipAddress: null, geographicalContext: null };
  const userAgent = { rawUserAgent: details.userAgent, os: 'Unknown', browser: 'UNKNOWN' };
  return {
    userAgent,
    zone: 'null',
    device: 'Unknown',
    id: null,
    ipAddress: details.ipAddress,
    geographicalContext: null,
  };
}

function requestData(details: RequestDetails | undefined): Record<string, unknown> {
  if (details === undefined) return {};
  return { requestId: details.requestId, requestUri: details.uri.split('?')[0], url: `${details.uri}?` };
}

function ipChain(details: RequestDetails | undefined): unknown[] {
  if (details === undefined) return [];
  const version = details.ipAddress.includes(':') ? 'V6' : 'V4';
  return [{ ip: details.ipAddress, geographicalContext: null, version, source: null }];
}
