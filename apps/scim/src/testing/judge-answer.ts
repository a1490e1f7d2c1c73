import assert from 'node:assert/strict';

import { z } from 'zod';

/** What a client got. */
export interface JudgedAnswer {
  method: string;
  path: string;
  status: number;
  headers: Headers;
  text: string;
}

const errorBody = z.strictObject({
  schemas: z.tuple([z.literal('urn:ietf:params:scim:api:messages:2.0:Error')]),
  status: z.string(),
  scimType: z.string().optional(),
  detail: z.string().min(10),
});

const withVersion = z.looseObject({ meta: z.looseObject({ version: z.string() }) });

/** @throws AssertionError for an answer that no SCIM client should ever get, for any request */
export function judgeAnswer({ method, path, status, headers, text }: JudgedAnswer): void {
  const what = `${method} ${path.slice(0, 200)} answered ${status} ${text.slice(0, 500)}`;
  assert(status < 500 || status === 501 || status === 503, what);
  assert.equal(headers.get('cache-control'), 'no-store', what);
  assert.notEqual(headers.get('request-id'), null, what);
  assert.doesNotMatch(text, /"password"\s*:/i, what);
  if (status === 204 || status === 304) assert.equal(text, '', what);
  else assert.match(headers.get('content-type') ?? '', /^application\/scim\+json; charset=utf-8$/, what);
  if (status >= 400) assert.equal(errorBody.parse(JSON.parse(text)).status, String(status), what);
  else if (text !== '') {
    const versioned = withVersion.safeParse(JSON.parse(text));
    if (versioned.success) assert.equal(headers.get('etag'), versioned.data.meta.version, what);
  }
}
