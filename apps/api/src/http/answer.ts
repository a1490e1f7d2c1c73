import type { DescribedProblem } from '../words/describe-problem.ts';

/** What a handler says; send.ts alone turns it into a response. From 400 on it is a problem (RFC 9457). */
export interface Answer {
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Every refusal that the API knows, with its status and its title. The code is the last part of the problem's type. */
export const problemTypes = {
  bad_request: [400, 'The request is not usable'],
  no_such_product: [400, 'The product cannot be told'],
  unauthorized: [401, 'No valid API key'],
  missing_scope: [403, 'The API key may not do this'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This path has other methods'],
  already_open: [409, 'The person has an open shipment for this purpose'],
  duplicate: [409, 'The person has another open shipment for this purpose'],
  changed_meanwhile: [409, 'The shipment changed at the same moment'],
  shipment_ended: [409, 'The shipment has ended'],
  credential_not_active: [409, 'The credential is not active'],
  pin_not_waiting: [409, 'No PIN waits for its release'],
  shipment_held: [409, 'The shipment is held'],
  not_shipped_yet: [409, 'The key is not on its way yet'],
  already_confirmed: [409, 'The receipt is confirmed already'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body is of another media type'],
  idempotency_key_reused: [422, 'The Idempotency-Key belongs to another request'],
  internal: [500, 'The request failed'],
  unavailable: [503, 'The request cannot be handled now'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

export type ProblemCode = keyof typeof problemTypes;

export interface Refusal {
  problems?: readonly DescribedProblem[];
  headers?: Readonly<Record<string, string>>;
  /** Further members of the problem, such as the id of the shipment that is in the way. */
  members?: Readonly<Record<string, unknown>>;
}

/** `detail` says what was wrong, where, and what would fix it; it never holds what was sent. */
export function refuse(code: ProblemCode, detail: string, { problems, headers, members }: Refusal = {}): Answer {
  const [status, title] = problemTypes[code];
  const problem = { type: `urn:keycourier:problem:${code}`, title, status, detail, code };
  return {
    status,
    body: { ...problem, ...members, ...(problems === undefined ? {} : { problems }) },
    ...(headers === undefined ? {} : { headers }),
  };
}
