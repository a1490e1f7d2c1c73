import { ConnectorError, type ConnectorFault, type Refusal, type Service } from '@keycourier/journey/ports/errors';

import type { HttpAnswer } from './exchange.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * The error for an answer that is no success. `refusals` are parsed from the service's own error body. Whether a 403 is
 * about one object or about the credentials is for the caller to decide.
 */
export function faultOfAnswer(service: Service, answer: HttpAnswer, refusals: readonly Refusal[]): ConnectorError {
  const { status } = answer;
  const waitMs = retryAfterMs(answer);
  return new ConnectorError({ service, fault: faultOfStatus(status) }, `answered ${status}`, {
    status,
    ...(waitMs === null ? {} : { retryAfterMs: waitMs }),
    refusals,
  });
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function faultOfStatus(status: number): ConnectorFault {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  // A gateway's 408 or redirect says nothing about what the service behind it did.
  if (status >= 400 && status < 500 && status !== 408) return 'refused';
  return 'outcome_unknown';
}

/** The name of a field or the code of an error, safe to show: letters, digits and path marks, never a value or a sentence. */
export function plainName(text: unknown): string | null {
  return typeof text === 'string' && /^[A-Za-z_][\w.[\]-]{0,79}$/.test(text) ? text : null;
}
