import type { Readable } from 'node:stream';

import type { DescribedProblem } from '@keycourier/messages/describe-problem';

/** What a handler says; send.ts alone turns it into a response. From 400 on it is a problem (RFC 9457). */
export interface Answer {
  status: number;
  /** Undefined where there is none, as in a 204. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Sent in place of the body, as it comes; its content-type is among the headers. */
  stream?: Readable;
}

/** Every refusal that the API knows, with its status and its title. The code is the last part of the problem's type. */
export const problemTypes = {
  bad_request: [400, 'The request is not usable'],
  no_such_product: [400, 'The product cannot be told'],
  unauthorized: [401, 'No valid API key'],
  missing_scope: [403, 'The API key may not do this'],
  scopes_exceeded: [403, 'The API key may not give these scopes'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This path has other methods'],
  already_open: [409, 'The person has an open shipment for this purpose'],
  duplicate: [409, 'The person has another open shipment for this purpose'],
  changed_meanwhile: [409, 'The shipment changed at the same moment'],
  shipment_ended: [409, 'The shipment has ended'],
  credential_not_active: [409, 'The credential is not active'],
  pin_not_waiting: [409, 'No PIN waits for its release'],
  pin_not_sent: [409, 'The PIN has not been sent yet'],
  pin_forgotten: [409, 'Our copy of the PIN is gone'],
  shipment_held: [409, 'The shipment is held'],
  not_held: [409, 'The shipment is not held'],
  not_shipped_yet: [409, 'The key is not on its way yet'],
  already_confirmed: [409, 'The receipt is confirmed already'],
  order_locked: [409, 'The provider has locked the order'],
  order_under_way: [409, 'The order is on its way to the provider, or waits for something else'],
  nothing_suggested: [409, 'There is no suggestion to decide about'],
  key_revoked: [409, 'The API key is revoked'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body is of another media type'],
  idempotency_key_reused: [422, 'The Idempotency-Key belongs to another request'],
  correction_unshippable: [422, 'The corrected address cannot be shipped to'],
  too_many_requests: [429, 'There were too many requests'],
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
