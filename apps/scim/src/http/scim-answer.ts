import { toErrorBody } from '@keycourier/scim-protocol/error-body';
import type { JsonObject } from '@keycourier/scim-protocol/json';
import { ScimError } from '@keycourier/scim-protocol/scim-error';
import type { Response } from 'express';

import type { Outcome } from './answer-log.ts';

/** What a handler returns; `send` alone turns it into a response. */
export interface ScimAnswer {
  status: number;
  /** JSON, in pieces: a group may have tens of thousands of members. Undefined where there is no body, as in a 204. */
  pieces?: readonly string[] | undefined;
  headers?: Readonly<Record<string, string>>;
  /** `application/scim+json` by default. */
  mediaType?: string;
  /** What became of the parts of a request in bulk; of any other it follows from the answer. */
  outcomes?: readonly Outcome[];
}

const scimMediaType = 'application/scim+json';

export const answerJson = (
  status: number,
  body: JsonObject,
  headers?: Readonly<Record<string, string>>,
): ScimAnswer => ({ status, pieces: [JSON.stringify(body)], ...(headers === undefined ? {} : { headers }) });

export const answerError = (error: ScimError, headers?: Readonly<Record<string, string>>): ScimAnswer =>
  answerJson(error.status, toErrorBody(error), headers);

export const refuse = (status: number, detail: string, headers?: Readonly<Record<string, string>>): ScimAnswer =>
  answerError(new ScimError(detail, { status }), headers);

/** Okta shows nothing of an error but its status and `detail`; the request's id is in the header that every answer has. */
export function send(
  response: Response,
  { status, pieces, headers = {}, mediaType = scimMediaType }: ScimAnswer,
): void {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  if (pieces === undefined) {
    response.end();
    return;
  }
  const texts = joinShort(pieces);
  const length = texts.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  response.set('content-type', `${mediaType}; charset=utf-8`).set('content-length', String(length));
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  for (const text of texts.slice(0, -1)) response.write(text);
  // With the last text: a short answer is one write to the connection.
  response.end(texts.at(-1) ?? '');
}

/** Each piece that is written has its own cost, and each long text takes its time. */
const shortLength = 65_536;

function joinShort(pieces: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const piece of pieces) {
    const last = texts.at(-1);
    if (last === undefined || last.length + piece.length > shortLength) texts.push(piece);
    else texts.splice(-1, 1, last + piece);
  }
  return texts;
}
