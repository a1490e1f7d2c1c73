import { randomInt } from 'node:crypto';

const longestMs = 3_600_000;

interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
}

/**
 * How long a 429 or 5xx says to wait, in milliseconds, at most an hour; null where it does not say. Times are relative to
 * the answer's own Date header, as Okta's "Rate limits" advises: the two clocks may differ.
 */
export function retryAfterMs({ status, headers }: Answer, nowMs: number = Date.now()): number | null {
  if (status !== 429 && status < 500) return null;
  // Okta's limit of concurrent requests has no meaningful reset: wait briefly, and not all for the same time.
  if (headers['x-rate-limit-limit'] === '0' && headers['x-rate-limit-remaining'] === '0')
    return randomInt(1_000, 4_000);
  const answeredAtMs = timeOf(headers['date']) ?? nowMs;
  const waitMs = requestedMs({ status, headers }, answeredAtMs);
  return waitMs === null ? null : Math.min(Math.max(waitMs, 0), longestMs);
}

function requestedMs({ status, headers }: Answer, answeredAtMs: number): number | null {
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined && /^\d+$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const until = timeOf(retryAfter);
  if (until !== null) return until - answeredAtMs;
  // Okta counts down on every answer: a 5xx with calls left has another reason, and its end is not known.
  if (status !== 429 && headers['x-rate-limit-remaining'] !== '0') return null;
  const reset = headers['x-rate-limit-reset'];
  // A header that came twice does not match. One second more, because both times are whole seconds.
  if (reset !== undefined && /^\d+$/.test(reset)) return Number(reset) * 1_000 - answeredAtMs + 1_000;
  return null;
}

function timeOf(header: string | undefined): number | null {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? null : time;
}
