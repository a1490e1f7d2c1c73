import { oktaId } from '../store/okta-id.ts';

/** Okta's own codes and summaries (okta-developer-docs, data/error-codes.json). */
const catalog = {
  E0000001: { status: 400, summary: 'Api validation failed' },
  E0000003: { status: 400, summary: 'The request body was not well-formed.' },
  E0000006: { status: 403, summary: 'You do not have permission to perform the requested action' },
  E0000007: { status: 404, summary: 'Not found' },
  E0000009: { status: 500, summary: 'Internal Server Error' },
  E0000011: { status: 401, summary: 'Invalid token provided' },
  E0000016: { status: 403, summary: 'Activation failed because the user is already active' },
  E0000022: { status: 405, summary: 'The endpoint does not support the provided HTTP method' },
  E0000023: { status: 403, summary: 'Operation failed because user profile is mastered under another system' },
  E0000029: { status: 400, summary: 'Invalid paging request.' },
  E0000030: {
    status: 400,
    summary:
      "Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00.",
  },
  E0000031: { status: 400, summary: 'Invalid search criteria.' },
  E0000032: { status: 403, summary: 'Unlock is not allowed for this user.' },
  E0000038: { status: 403, summary: "This operation is not allowed in the user's current status." },
  E0000047: { status: 429, summary: 'API call exceeded rate limit due to too many requests.' },
  E0000053: { status: 400, summary: 'Invalid SCIM filter.' },
} as const satisfies Record<string, { status: number; summary: string }>;

export type OktaErrorCode = keyof typeof catalog;

interface Cause {
  errorSummary: string;
}

/** An error response; thrown anywhere below a handler and converted to Okta's error body by `answerErrors`. */
export class OktaError extends Error {
  readonly code: OktaErrorCode;
  readonly level = 'info';
  readonly status: number;
  /** A list, or one object (only in preregistration, as in the examples of Okta's OpenAPI document). */
  readonly causes: Cause[] | Cause;

  constructor(
    code: OktaErrorCode,
    detail: { about?: string; causes?: string[] | string; cause?: unknown; status?: number } = {},
  ) {
    const { summary, status } = { ...catalog[code], ...(detail.status === undefined ? {} : { status: detail.status }) };
    super(detail.about === undefined ? summary : `${summary}: ${detail.about}`, { cause: detail.cause });
    this.name = 'OktaError';
    this.code = code;
    this.status = status;
    const causes = detail.causes ?? [];
    this.causes =
      typeof causes === 'string' ? { errorSummary: causes } : causes.map((errorSummary) => ({ errorSummary }));
  }

  /** Okta's error body. */
  toJSON(): Record<string, unknown> {
    return {
      errorCode: this.code,
      errorSummary: this.message,
      errorLink: this.code,
      errorId: oktaId('oae'),
      errorCauses: this.causes,
    };
  }
}

/** 400: `about` names the object or field as Okta does; each cause has the form `field: problem`. */
export function validationFailed(about: string, causes: string[]): OktaError {
  return new OktaError('E0000001', { about, causes });
}

export function notFound(id: string, kind: string): OktaError {
  return new OktaError('E0000007', { about: `Resource not found: ${id} (${kind})` });
}

const codeByStatus = new Map<number, OktaErrorCode>([
  [400, 'E0000001'],
  [401, 'E0000011'],
  [403, 'E0000006'],
  [404, 'E0000007'],
  [405, 'E0000022'],
  [429, 'E0000047'],
]);

/** The body of an injected fault. */
export function faultBody(status: number): unknown {
  return new OktaError(codeByStatus.get(status) ?? 'E0000009').toJSON();
}
