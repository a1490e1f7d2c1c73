import { describeProblem } from '@keycourier/messages/describe-problem';
import { BodyError, streamBody } from '@keycourier/runtime/http-body';
import { readJson, type JsonFault } from '@keycourier/runtime/json/read-json';
import type { Request } from 'express';

import { answerToBodyError } from './answer-to-body-error.ts';
import { refuse, type Answer } from './answer.ts';
import type { BodyResult } from './handler.ts';
import { jsonBodyLimits } from './json-limits.ts';

export const mediaTypeOf = (request: Request): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** JSON is UTF-8 (RFC 8259); some clients say so. */
const isUtf8 = (request: Request): boolean =>
  /^(?:utf-?8|us-ascii)$/i.test(charset.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8');

/** Reads a JSON body within `jsonBodyLimits`. The refusal of another names the place, and quotes nothing. */
export async function readBody(request: Request): Promise<BodyResult> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return { outcome: 'read', json: undefined };
  if (mediaTypeOf(request) !== 'application/json' || !isUtf8(request))
    return {
      outcome: 'refused',
      answer: refuse('unsupported_media_type', 'Send the body as application/json, in UTF-8.'),
    };
  try {
    const result = await readJson(streamBody(request, jsonBodyLimits.bytes), jsonBodyLimits);
    return result.outcome === 'read' ? result : { outcome: 'refused', answer: answerToJsonFault(result.fault) };
  } catch (error) {
    if (error instanceof BodyError)
      return { outcome: 'refused', answer: answerToBodyError(error, 'A JSON body may have at most 1 MiB.') };
    throw error;
  }
}

/** The place as messages name it. */
export const placeOf = ({ position }: JsonFault): string =>
  position === null ? 'body' : `line ${position.line}, column ${position.column}`;

function answerToJsonFault(fault: JsonFault): Answer {
  const problem = describeProblem({ field: placeOf(fault), code: fault.code });
  const isTooMuch = fault.code.startsWith('too_many') || fault.code === 'text_too_long';
  return refuse(isTooMuch ? 'too_large' : 'bad_request', problem.message, { problems: [problem] });
}
