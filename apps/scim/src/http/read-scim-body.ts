import { BodyError, bodyErrorReasons, readShortBody, streamBody } from '@keycourier/runtime/http-body';
import type { JsonFaultCode, JsonLimits } from '@keycourier/runtime/json/json-limits';
import { readJson } from '@keycourier/runtime/json/read-json';
import { bulkLimits } from '@keycourier/scim-protocol/bulk/limits';
import { bulkTooLarge } from '@keycourier/scim-protocol/bulk/read-bulk';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { badRequest, ScimError } from '@keycourier/scim-protocol/scim-error';
import type { Request } from 'express';
import { z } from 'zod';

export type BodyKind = 'user' | 'group' | 'bulk' | 'search';

/** A group may have tens of thousands of members: Okta's wizard apps send all of them at once. */
export const scimBytes = {
  user: 1_048_576,
  group: 5_242_880,
  bulk: bulkLimits.maxPayloadSize,
  search: 65_536,
} as const satisfies Readonly<Record<BodyKind, number>>;

/** Of every body, beside its size (docs/limits.md). */
export const scimJsonLimits: JsonLimits = {
  depth: 12,
  values: 400_000,
  members: 200,
  elements: 100_000,
  characters: 65_536,
  // Clients own their bodies: a repeated member counts as its last.
  isTolerant: true,
};

/** Okta sends `application/scim+json`, its test suite `application/json`. */
const mediaTypes = new Set(['application/scim+json', 'application/json']);

/** What the reader returns is JSON by its making: a check of each value would be the longest part of a large request. */
const json = z.custom<JsonValue | undefined>(() => true);

/**
 * Reads a JSON body within the limits: a short one, as almost all are, at once, and others in stretches.
 * @throws ScimError 400 `invalidSyntax`, 413 or 415
 */
export async function readScimBody(request: Request, kind: BodyKind): Promise<JsonValue | undefined> {
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!mediaTypes.has(mediaType))
    throw new ScimError('Send the body as application/scim+json or application/json.', { status: 415 });
  try {
    const short = readShortBody(request, Math.min(scimJsonLimits.characters, scimBytes[kind]));
    const result = await readJson((await short) ?? streamBody(request, scimBytes[kind]), scimJsonLimits);
    if (result.outcome === 'read') return json.parse(result.json);
    throw refused(result.fault.code);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    throw answerTo(error, kind);
  }
}

function answerTo({ code }: BodyError, kind: BodyKind): ScimError {
  switch (code) {
    case 'too_large':
      return kind === 'bulk'
        ? bulkTooLarge()
        : new ScimError(
            `The body of this request may have at most ${scimBytes[kind] / 1_024} KiB: map fewer or shorter values, or send members in several requests.`,
            { status: 413 },
          );
    case 'expands_too_much':
      return new ScimError(bodyErrorReasons[code], { status: 413 });
    case 'unknown_encoding':
      return new ScimError(bodyErrorReasons[code], { status: 415 });
    case 'unreadable':
      return badRequest('invalidSyntax', bodyErrorReasons[code]);
  }
}

const { depth, values, members, elements, characters } = scimJsonLimits;

const tooMuch: Readonly<Partial<Record<JsonFaultCode, string>>> = {
  too_deep: `The body has more than ${depth} levels of objects and lists: map flatter values.`,
  too_many_values: `The body has more than ${count(values)} values: send them in several requests.`,
  too_many_members: `An object in the body has more than ${count(members)} members: map fewer attributes.`,
  too_many_elements: `A list in the body has more than ${count(elements)} elements: send the others in further requests.`,
  text_too_long: `A text in the body is longer than ${count(characters)} characters: shorten it, or map another attribute.`,
};

function refused(code: JsonFaultCode): ScimError {
  const detail = tooMuch[code];
  return detail === undefined
    ? badRequest('invalidSyntax', 'The body has to be JSON.')
    : new ScimError(detail, { status: 413 });
}

function count(limit: number): string {
  return limit.toLocaleString('en-US');
}
