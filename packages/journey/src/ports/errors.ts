/**
 * What went wrong with a call to a remote service.
 *
 * - `unreachable`: the request surely was not sent (connection refused, name unknown).
 * - `outcome_unknown`: it may have had its effect: a timeout, a reset, a 5xx, an unreadable response.
 * - `rate_limited`: refused for now (429); it had no effect.
 * - `unauthorized`: the credentials are refused (401, or a 403 for any request); it had no effect.
 * - `forbidden`: the credentials are accepted, but not for this user, group or order (403); it had no effect.
 * - `refused`: a definite refusal (other 4xx, SMTP 5xx); it had no effect.
 * - `not_found`: 404.
 */
export type ConnectorFault =
  | 'unreachable'
  | 'outcome_unknown'
  | 'rate_limited'
  | 'unauthorized'
  | 'forbidden'
  | 'refused'
  | 'not_found';

/** `hub` is the Okta org where a tenant's people sign in, where that is another than its own, which is `okta`. */
export type Service = 'okta' | 'hub' | 'fulfillment' | 'mail' | 'hris';

/** One thing a service found wrong with a request. `field` is our name or theirs; neither part holds a value. */
export interface Refusal {
  field: string;
  code: string;
}

/**
 * A call to Okta, the fulfillment provider or the mail server failed. The message names the call and the status, never
 * the content of the request or the response.
 */
export class ConnectorError extends Error {
  readonly code = 'connector';
  readonly service: Service;
  readonly fault: ConnectorFault;
  readonly status: number | null;
  /** The delay that the service requested, if any. */
  readonly retryAfterMs: number | null;
  readonly refusals: readonly Refusal[];

  constructor(
    { service, fault }: { service: Service; fault: ConnectorFault },
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

/** Not the shipment's fault: the same call may succeed later. */
export function isTransient(error: ConnectorError): boolean {
  return error.fault === 'unreachable' || error.fault === 'outcome_unknown' || error.fault === 'rate_limited';
}

export type JourneyErrorCode = 'illegal_move' | 'unknown_tenant' | 'missing_secret';

/** A rule of the journey was broken by our own code or set-up: a bug, or a tenant that the config lacks. */
export class JourneyError extends Error {
  readonly code: JourneyErrorCode;
  readonly level = 'error';

  constructor(code: JourneyErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'JourneyError';
    this.code = code;
  }
}
