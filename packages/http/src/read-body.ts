import express, { type Request, type Response } from 'express';
import { z } from 'zod';

import { refuse, type Answer } from './answer.ts';
import type { BodyResult } from './handler.ts';

const readJson = express.json({ limit: '1mb', type: () => true });

/** What Express's body parser throws. */
const bodyFault = z.object({ status: z.int().min(400).max(499) });

export const mediaTypeOf = (request: Request): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Reads a JSON body of at most 1 MiB. The refusal of an unreadable body does not quote it. */
export async function readBody(request: Request, response: Response): Promise<BodyResult> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return { outcome: 'read', json: undefined };
  if (mediaTypeOf(request) !== 'application/json')
    return { outcome: 'refused', answer: refuse('unsupported_media_type', 'Send the body as application/json.') };
  return new Promise((resolve, reject) => {
    readJson(request, response, (error: unknown) => {
      const json: unknown = request.body;
      if (error === undefined) resolve({ outcome: 'read', json });
      else if (bodyFault.safeParse(error).success)
        resolve({ outcome: 'refused', answer: answerTo(bodyFault.parse(error).status) });
      else reject(error);
    });
  });
}

function answerTo(status: number): Answer {
  if (status === 413) return refuse('too_large', 'A JSON body may have at most 1 MiB.');
  if (status === 415)
    return refuse(
      'unsupported_media_type',
      'Send the body in UTF-8, uncompressed or compressed with gzip, deflate or br.',
    );
  return refuse('bad_request', 'The body is not a JSON object.');
}
