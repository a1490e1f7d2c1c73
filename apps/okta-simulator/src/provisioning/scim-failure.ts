import { STATUS_CODES } from 'node:http';

import { z } from 'zod';

/** What a SCIM server answered. */
export interface ScimAnswer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

const errorSchema = z.looseObject({ detail: z.string() });

/** A call of an app's SCIM server has failed; `message` is what Okta shows of it after its own step. */
export class ScimFailure extends Error {
  readonly code = 'scim_failure';
  readonly level = 'info';
  /** Undefined if there was no answer. */
  readonly status: number | undefined;
  /** Only for a 429: whole seconds of `Retry-After`, or null if it has none. */
  readonly retryAfterSeconds: number | null | undefined;

  constructor(message: string, answer?: ScimAnswer) {
    super(message);
    this.status = answer?.status;
    this.retryAfterSeconds = answer?.status === 429 ? wholeSeconds(answer.retryAfter) : undefined;
  }
}

function wholeSeconds(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

/** How Okta shows a body that is not JSON, such as the page of a proxy. */
export const notJson = 'Invalid JSON: Unrecognized token';

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The failure of an answer that is no success: `<status text>. Errors reported by remote server: <detail>`. */
export function refusal(answer: ScimAnswer): ScimFailure {
  const statusText = STATUS_CODES[answer.status] ?? String(answer.status);
  const json = readJson(answer.text);
  const detail = json === undefined && answer.text !== '' ? notJson : errorSchema.safeParse(json).data?.detail;
  return new ScimFailure(
    detail === undefined ? statusText : `${statusText}. Errors reported by remote server: ${detail}`,
    answer,
  );
}
