import { BodyError, streamBody } from '@keycourier/runtime/http-body';
import type { JsonLimits } from '@keycourier/runtime/json/json-limits';
import { readJson } from '@keycourier/runtime/json/read-json';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { badRequest, ScimError } from '@keycourier/scim-protocol/scim-error';
import type { Request } from 'express';
import { z } from 'zod';

import type { BodyLimit } from './handler.ts';

/** A body of a SCIM request. A group may have tens of thousands of members: Okta's wizard apps send all of them at once. */
export const scimBodyLimits = {
  bytes: 5_242_880,
  depth: 12,
  values: 400_000,
  members: 200,
  elements: 100_000,
  characters: 65_536,
  // Clients own their bodies: a repeated member counts as its last.
  isTolerant: true,
} as const satisfies JsonLimits & { bytes: number };

/** Okta sends `application/scim+json`, its test suite `application/json`. */
const mediaTypes = new Set(['application/scim+json', 'application/json']);

/** What the reader returns is JSON by its making: a check of each value would be the longest part of a large request. */
const json = z.custom<JsonValue | undefined>(() => true);

/**
 * Reads a JSON body within the limits, in stretches.
 * @throws ScimError 400 `invalidSyntax`, 413 or 415
 */
export async function readScimBody(request: Request, limit: BodyLimit = commonLimit): Promise<JsonValue | undefined> {
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!mediaTypes.has(mediaType))
    throw new ScimError('Send the body as application/scim+json or application/json.', { status: 415 });
  try {
    const result = await readJson(streamBody(request, limit.bytes), scimBodyLimits);
    if (result.outcome === 'read') return json.parse(result.json);
    throw refused(result.fault.code);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    throw error.code === 'too_large' ? limit.refusal() : answerTo(error.code);
  }
}

const commonLimit: BodyLimit = {
  bytes: scimBodyLimits.bytes,
  refusal: () => new ScimError('The body may have at most 5 MiB.', { status: 413 }),
};

function answerTo(code: Exclude<BodyError['code'], 'too_large'>): ScimError {
  switch (code) {
    case 'unknown_encoding':
      return new ScimError('Send the body uncompressed, or compressed with gzip, deflate or br.', { status: 415 });
    case 'unreadable':
      return badRequest('invalidSyntax', 'The body is incomplete, or not compressed as its Content-Encoding declares.');
  }
}

function refused(code: string): ScimError {
  const isTooMuch = code.startsWith('too_') || code === 'text_too_long';
  return isTooMuch
    ? new ScimError('The body has too many or too deeply nested values.', { status: 413 })
    : badRequest('invalidSyntax', 'The body is not JSON.');
}
