import type { Readable } from 'node:stream';

import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { maxMebibytes } from '@keycourier/operations/batches/limits';
import { BodyError } from '@keycourier/runtime/http-body';
import type { Request, RequestHandler } from 'express';

import { answerProblem } from '../pages/problem-page.tsx';

const files = new WeakMap<Request, Readable>();

/** One file, behind the few fields of our form; what is beyond is not read. */
const limits = {
  fieldNameSize: 50,
  fieldSize: 2_000,
  fields: 5,
  files: 1,
  parts: 6,
  headerPairs: 20,
  fileSize: maxMebibytes * 1_048_576,
} as const;

/**
 * Reads a form with a file as far as the file: its fields stand before it, the token too, so that nothing of a file is received
 * for a form that is not ours.
 */
export const readUploadForm: RequestHandler = (request, response, next) => {
  const contentType = request.get('content-type');
  if (request.method !== 'POST' || contentType === undefined || request.is('multipart/form-data') === false) {
    next();
    return;
  }
  const refuse = (): void => {
    request.unpipe();
    request.resume();
    if (response.headersSent) return;
    response.set('Connection', 'close');
    answerProblem(request, response, {
      status: 400,
      title: 'Invalid request',
      advice: 'Choose a file, and try again.',
    });
  };
  const parser = parserOf({ 'content-type': contentType });
  if (parser === null) refuse();
  else readFields(request, { parser, refuse, next });
  response.on('finish', () => files.get(request)?.resume());
};

interface Reading {
  parser: InstanceType<typeof Busboy>;
  refuse: () => void;
  next: () => void;
}

/** Goes on once the file begins, or the form has ended without one. */
function readFields(request: Request, { parser, refuse, next }: Reading): void {
  const fields: Record<string, string> = {};
  let isNext = false;
  const goOn = (): void => {
    if (isNext) return;
    isNext = true;
    request.body = fields;
    next();
  };
  parser.on('field', (name, value) => {
    if (!isNext) fields[name] = value;
  });
  parser.on('file', (_name, file) => {
    if (isNext) file.resume();
    else files.set(request, file);
    goOn();
  });
  parser.on('finish', goOn);
  const fail = (): void => {
    files.get(request)?.destroy(new BodyError('unreadable'));
    if (!isNext) refuse();
  };
  parser.on('error', fail);
  request.on('aborted', fail);
  request.pipe(parser);
}

function parserOf(headers: BusboyHeaders): InstanceType<typeof Busboy> | null {
  try {
    return new Busboy({ headers, limits });
  } catch {
    return null;
  }
}

/** The file of a form, once; null where it has none. */
export const fileOf = (request: Request): Readable | null => files.get(request) ?? null;

/** @throws BodyError where it is larger than the limit */
export async function* bounded(file: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of file) yield Buffer.from(chunk);
  if ('truncated' in file && file.truncated === true) throw new BodyError('too_large');
}
