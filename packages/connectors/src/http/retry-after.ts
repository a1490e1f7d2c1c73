import { randomInt } from 'node:crypto';

const longestMs = 3_600_000;

/**
 * How long an answer asks to wait, in milliseconds, at most an hour; null where it does not say. Times are measured
 * against the answer's own Date header, never our clock alone (okta.md, section 5).
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number = Date.now()): number | null {
  // Okta's limit of concurrent requests: the reset is a guess, so wait briefly and not all at once.
  if (headers['x-rate-limit-limit'] === '0' && headers['x-rate-limit-remaining'] === '0')
    return randomInt(1_000, 4_000);
  const answeredAtMs = timeOf(headers['date']) ?? nowMs;
  const waitMs = askedMs(headers, answeredAtMs);
  return waitMs === null ? null : Math.min(Math.max(waitMs, 0), longestMs);
}

function askedMs(headers: Readonly<Record<string, string>>, answeredAtMs: number): number | null {
  const asked = headers['retry-after'];
  if (asked !== undefined && /^\d+$/.test(asked)) return Number(asked) * 1_000;
  const until = timeOf(asked);
  if (until !== null) return until - answeredAtMs;
  const reset = headers['x-rate-limit-reset'];
  // A header that came twice cannot be trusted. One second more, because both times are whole seconds.
  if (reset !== undefined && /^\d+$/.test(reset)) return Number(reset) * 1_000 - answeredAtMs + 1_000;
  return null;
}

function timeOf(header: string | undefined): number | null {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? null : time;
}
