import { eventTypes } from '@keycourier/journey/model/event-types';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { HttpAnswer } from '../http/exchange.ts';
import { codeOf } from '../http/fault-of-socket.ts';
import { createGuard, type Guard, type ResilienceOptions } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { createSend } from './send.ts';
import type { OktaSettings, OktaSettingsOf } from './settings.ts';

const logPath = '/api/v1/logs';

/** The filter of our query: the event types that a hook subscribes to. A `next` link continues one filter alone. */
export const logFilter = eventTypes.map((type) => `eventType eq "${type}"`).join(' or ');

/** Where a page starts: the `next` link of the page before, or a moment. */
export type LogPosition = { link: string } | { since: Date; limit: number };

export interface LogPage {
  /** In the order in which the org logged them; of our types alone. */
  events: readonly unknown[];
  /** No events of any type: the end of the log, for now. */
  isEnd: boolean;
  /** The whole link to the next page. `foreign` when it leads elsewhere: it is not followed. */
  next: { link: string } | 'foreign' | null;
  /** The time of the answer by the org's clock. */
  servedAt: Date | null;
  /** The rate limit of this path; null where the answer does not say. */
  rateLimit: { limit: number; remaining: number; resetsInMs: number } | null;
}

export interface SystemLog {
  /**
   * Reads one page of a polling query: no end, in the order in which the org logged the events.
   * @throws ConnectorError; `refused` or `not_found` for a link that the org does not accept any more
   */
  readPage: (tenant: string, position: LogPosition) => Promise<LogPage>;
}

/** 1,000 events of our types are about 3 MB; one answer must not fill the memory or hold the process for long. */
const maxPageBytes = 8 * 1_024 * 1_024;

/**
 * The System Log of every tenant's org. Its calls have a bulkhead, a circuit breaker and an access token of their own: they
 * never delay a shipment's call, and a token without `okta.logs.read` fails nothing else. Each is sent once,
 * since each counts for the rate limit. Without the SDK, which parses events into models that drop what it does not know.
 */
export function createSystemLog(
  settingsOf: OktaSettingsOf,
  options: { resilience?: Partial<ResilienceOptions>; now?: () => number } = {},
): SystemLog {
  const guard = createGuard('okta', { maxConcurrent: 1, maxWaiting: 1, ...options.resilience });
  const once: Guard = (tenant, _kind, call) => guard(tenant, 'effect', call);
  // The caller paces its calls by the answers; a second limit here would refuse some of them.
  const settingsOfLog = (tenant: string): OktaSettings => ({
    ...withScope(settingsOf(tenant), 'okta.logs.read'),
    rateLimitShare: 1,
  });
  const sendOf = createSend(settingsOfLog, once, { now: options.now ?? Date.now });
  return {
    readPage: (tenant, position) =>
      runCall('okta', 'readLog', async () => {
        const { orgUrl } = settingsOf(tenant);
        const path = 'link' in position ? pathOfLink(orgUrl, position.link) : pathSince(position);
        const answer = await sendOf(tenant)({ method: 'GET', path, maxAnswerBytes: maxPageBytes });
        return readAnswer(orgUrl, answer);
      }),
  };
}

/** The settings with a token that has this scope alone: an org refuses a token with any scope that it has not granted. */
export function withScope(settings: OktaSettings, scope: string): OktaSettings {
  const { auth } = settings;
  return 'token' in auth ? settings : { ...settings, auth: { ...auth, scopes: [scope] } };
}

/** Whether a page was not read because it is larger than what one answer may be. */
export function isPageTooLarge(error: ConnectorError): boolean {
  return codeOf(error.cause) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
}

function pathSince({ since, limit }: { since: Date; limit: number }): string {
  const query = new URLSearchParams({
    since: since.toISOString(),
    filter: logFilter,
    limit: String(limit),
    sortOrder: 'ASCENDING',
  });
  return `${logPath}?${query.toString()}`;
}

/** @throws ConnectorError `refused`, for a link to another origin or path: the org has another address now */
function pathOfLink(orgUrl: string, link: string): string {
  const url = ownLink(orgUrl, link);
  if (url === null)
    throw new ConnectorError({ service: 'okta', fault: 'refused' }, 'has a next link that leads elsewhere');
  return url.pathname + url.search;
}

function ownLink(orgUrl: string, link: string): URL | null {
  const url = URL.parse(link);
  if (url === null || url.origin !== new URL(orgUrl).origin || url.pathname !== logPath) return null;
  return url.username === '' && url.password === '' ? url : null;
}

const pageSchema = z.array(z.unknown());
const typeSchema = z.looseObject({ eventType: z.string() });
const isOurs = (event: unknown): boolean => {
  const parsed = typeSchema.safeParse(event);
  return !parsed.success || eventTypes.some((type) => type === parsed.data.eventType);
};

function readAnswer(orgUrl: string, { headers, json }: HttpAnswer): LogPage {
  const events = pageSchema.parse(json);
  const link = nextLinkOf(headers['link'] ?? '');
  const servedAt = new Date(headers['date'] ?? '');
  return {
    events: events.filter(isOurs),
    isEnd: events.length === 0,
    next: link === null ? null : ownLink(orgUrl, link) === null ? 'foreign' : { link },
    servedAt: Number.isNaN(servedAt.getTime()) ? null : servedAt,
    rateLimit: rateLimitOf(headers, servedAt.getTime()),
  };
}

/** `<https://…?after=…>; rel="next"` in a list of links. */
function nextLinkOf(header: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(/<([^>]*)>([^<]*)/g))
    if (/;\s*rel="?next"?\s*(?:[;,]|$)/.test(parameters)) return target;
  return null;
}

function rateLimitOf(headers: Readonly<Record<string, string>>, servedAtMs: number): LogPage['rateLimit'] {
  const read = (name: string): number => (/^\d+$/.test(headers[name] ?? '') ? Number(headers[name]) : Number.NaN);
  const [limit, remaining, reset] = [
    read('x-rate-limit-limit'),
    read('x-rate-limit-remaining'),
    read('x-rate-limit-reset'),
  ];
  // One second more, because both times are whole seconds.
  const resetsInMs = reset * 1_000 - servedAtMs + 1_000;
  if (Number.isNaN(limit + remaining + resetsInMs)) return null;
  return { limit, remaining, resetsInMs: Math.min(Math.max(resetsInMs, 0), 3_600_000) };
}
