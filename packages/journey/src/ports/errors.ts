/**
 * What went wrong with a call to the outside.
 *
 * - `unreachable`: the request surely never left (connection refused, name unknown).
 * - `outcome_unknown`: it may have had its effect: a timeout, a reset, a 5xx, an answer that could not be read.
 * - `rate_limited`: refused for now (429); it had no effect.
 * - `unauthorized`: 401 or 403; it had no effect.
 * - `refused`: a definite refusal (other 4xx, SMTP 5xx); it had no effect.
 * - `not_found`: 404.
 */
export type ConnectorFault =
  | 'unreachable'
  | 'outcome_unknown'
  | 'rate_limited'
  | 'unauthorized'
  | 'refused'
  | 'not_found';

export type Service = 'okta' | 'fulfillment' | 'mail' | 'hris';

/** One thing a service found wrong with a request. `field` is a name of ours or theirs; neither part holds a value. */
export interface Refusal {
  field: string;
  code: string;
}

/**
 * A call to Okta, the fulfillment provider or the mail server failed. The message names the call and the status, never
 * the request's or the answer's content.
 */
export class ConnectorError extends Error {
  readonly code = 'connector';
  readonly service: Service;
  readonly fault: ConnectorFault;
  readonly status: number | null;
  /** How long the service asked us to wait, where it said so. */
  readonly retryAfterMs: number | null;
  readonly refusals: readonly Refusal[];

  constructor(
    service: Service,
    fault: ConnectorFault,
    message: string,
    details: { status?: number; retryAfterMs?: number; refusals?: readonly Refusal[]; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'ConnectorError';
    this.service = service;
    this.fault = fault;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.refusals = details.refusals ?? [];
  }

  get level(): 'warn' | 'error' {
    return this.fault === 'unauthorized' ? 'error' : 'warn';
  }
}

/** Nothing the shipment did: the same call may succeed later. */
export function isTransient(error: ConnectorError): boolean {
  return error.fault === 'unreachable' || error.fault === 'outcome_unknown' || error.fault === 'rate_limited';
}

export type JourneyErrorCode = 'illegal_move' | 'unknown_tenant' | 'missing_secret';

/** A rule of the house was broken by our own code or set-up: a bug, or a tenant that the config does not know. */
export class JourneyError extends Error {
  readonly code: JourneyErrorCode;
  readonly level = 'error';

  constructor(code: JourneyErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'JourneyError';
    this.code = code;
  }
}
