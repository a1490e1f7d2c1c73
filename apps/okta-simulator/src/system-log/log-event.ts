import { z } from 'zod';

import type { Occasion } from '../http/handler.ts';
import { eventTypes, type EventTypeName } from './event-types.ts';

const principalSchema = z.object({
  id: z.string(),
  type: z.string(),
  alternateId: z.string(),
  displayName: z.string(),
  detailEntry: z.record(z.string(), z.unknown()).nullable(),
});

export type Principal = z.infer<typeof principalSchema>;

/** An event as the System Log API shows it, and as it is kept. */
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

/** What happened, before the log dresses it. */
export interface Happening {
  type: EventTypeName;
  targets: Principal[];
  /** Absent for a success. */
  failure?: string;
  debugData?: Record<string, unknown>;
}

/** The principal of what the org does by itself. */
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
  /** Absent for what the org does by itself. */
  occasion: Occasion | undefined;
}

export function toLogEvent(happening: Happening, { uuid, published, actor, occasion }: Circumstances): LogEvent {
  const { displayMessage, legacyEventType } = eventTypes[happening.type];
  const failed = happening.failure !== undefined;
  return {
    actor,
    client: client(occasion),
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      externalSessionId: occasion === undefined ? 'unknown' : `trs${occasion.requestId}`,
    },
    displayMessage,
    eventType: happening.type,
    outcome: { result: failed ? 'FAILURE' : 'SUCCESS', reason: happening.failure ?? null },
    published: published.toISOString(),
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    severity: failed ? 'WARN' : 'INFO',
    debugContext: { debugData: { ...requestData(occasion), ...happening.debugData } },
    legacyEventType,
    transaction: { type: occasion === undefined ? 'JOB' : 'WEB', id: occasion?.requestId ?? uuid, detail: {} },
    uuid,
    version: '0',
    request: { ipChain: ipChain(occasion) },
    target: happening.targets,
  };
}

function client(occasion: Occasion | undefined): LogEvent['client'] {
  if (occasion === undefined)
    return { userAgent: null, zone: null, device: null, id: null, ipAddress: null, geographicalContext: null };
  const userAgent = { rawUserAgent: occasion.userAgent, os: 'Unknown', browser: 'UNKNOWN' };
  return {
    userAgent,
    zone: 'null',
    device: 'Unknown',
    id: null,
    ipAddress: occasion.ipAddress,
    geographicalContext: null,
  };
}

function requestData(occasion: Occasion | undefined): Record<string, unknown> {
  if (occasion === undefined) return {};
  return { requestId: occasion.requestId, requestUri: occasion.uri.split('?')[0], url: `${occasion.uri}?` };
}

function ipChain(occasion: Occasion | undefined): unknown[] {
  if (occasion === undefined) return [];
  const version = occasion.ipAddress.includes(':') ? 'V6' : 'V4';
  return [{ ip: occasion.ipAddress, geographicalContext: null, version, source: null }];
}
