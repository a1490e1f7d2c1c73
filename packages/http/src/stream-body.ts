import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import type { Request } from 'express';

import { refuse, type Answer } from './answer.ts';

export type BodyErrorCode = 'too_large' | 'unknown_encoding' | 'unreadable';

/** A body that is too large, incomplete, or not compressed as declared. */
export class BodyError extends Error {
  readonly code: BodyErrorCode;
  readonly level = 'info';

  constructor(code: BodyErrorCode, options?: { cause?: unknown }) {
    super(`The body cannot be read: ${code}`, options);
    this.name = 'BodyError';
    this.code = code;
  }
}

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The body as a stream, decompressed; `limitBytes` applies after decompression, against decompression bombs. */
export const streamBody = (request: Request, limitBytes: number): Readable =>
  Readable.from(readUpTo(request, limitBytes), { objectMode: false });

/** The request itself is never destroyed: it shares its socket with the response. */
async function* readUpTo(request: Request, limitBytes: number): AsyncGenerator<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new BodyError('too_large');
  let bytes = 0;
  try {
    const chunks: AsyncIterable<Buffer> = decompressed(request).iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limitBytes) throw new BodyError('too_large');
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof BodyError ? cause : new BodyError('unreadable', { cause });
  }
}

function decompressed(request: Request): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  const create = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  if (create === undefined) throw new BodyError('unknown_encoding');
  const decompressor = create();
  request.once('error', (error) => decompressor.destroy(error));
  return request.pipe(decompressor);
}

export function answerToBodyError({ code }: BodyError, limitMebibytes: number): Answer {
  switch (code) {
    case 'too_large':
      return refuse('too_large', `The body may have at most ${limitMebibytes} MiB. Split it.`);
    case 'unknown_encoding':
      return refuse('unsupported_media_type', 'Send the body uncompressed, or compressed with gzip, deflate or br.');
    case 'unreadable':
      return refuse('bad_request', 'The body is incomplete, or not compressed as its Content-Encoding declares.');
  }
}
