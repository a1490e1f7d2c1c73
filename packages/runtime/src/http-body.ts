import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
} from 'node:zlib';

export type BodyErrorCode = 'too_large' | 'expands_too_much' | 'unknown_encoding' | 'unreadable';

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

/**
 * What a compressed body may become: text compresses by 5 to 20, a bomb by 1,000 and more. The first mebibyte is free,
 * since a short text of repetitions is no bomb.
 */
export const maxDecompression = { ratio: 100, freeBytes: 1_048_576 } as const;

/** The reason of each refusal, for the client; what is too large depends on the route. */
export const bodyErrorReasons: Readonly<Record<Exclude<BodyErrorCode, 'too_large'>, string>> = {
  expands_too_much: `The compressed body becomes more than ${maxDecompression.ratio} times as large: send it uncompressed.`,
  unknown_encoding: 'Send the body uncompressed, or compressed with gzip, deflate or br.',
  unreadable: 'The body is incomplete, or not compressed as its Content-Encoding declares.',
};

const decompressors: Readonly<Record<string, () => Gunzip | Inflate | BrotliDecompress>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The body as a stream, decompressed; `limitBytes` and the ratio apply while it is decompressed. */
export const streamBody = (request: IncomingMessage, limitBytes: number): Readable =>
  Readable.from(readUpTo(request, limitBytes), { objectMode: false });

/**
 * A body whose declared length is at most `mostBytes`, read whole; null where it is longer, compressed, or its length is
 * not declared. Costs a fraction of a stream.
 * @throws BodyError `unreadable` when its connection ends first
 */
export function readShortBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> | null {
  if (!(declaredBytes(request) <= mostBytes)) return null;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const fail = (cause?: unknown): void => reject(new BodyError('unreadable', { cause }));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once('error', fail);
    request.once('close', () => {
      if (!request.complete) fail();
    });
    if (request.destroyed) fail();
  });
}

/** The length of a body that is not compressed; infinite where it is not declared. */
export function declaredBytes({ headers }: IncomingMessage): number {
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = headers;
  return length === undefined || encoding.toLowerCase() !== 'identity' ? Number.POSITIVE_INFINITY : Number(length);
}

/** The request itself is never destroyed: it shares its socket with the response. */
async function* readUpTo(request: IncomingMessage, limitBytes: number): AsyncGenerator<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new BodyError('too_large');
  let bytes = 0;
  try {
    const { chunks, receivedBytes } = decompressed(request);
    for await (const chunk of chunks.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      const permitted = maxDecompression.freeBytes + receivedBytes() * maxDecompression.ratio;
      if (bytes > limitBytes) throw new BodyError('too_large');
      if (bytes > permitted) throw new BodyError('expands_too_much');
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof BodyError ? cause : new BodyError('unreadable', { cause });
  }
}

function decompressed(request: IncomingMessage): { chunks: Readable; receivedBytes: () => number } {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return { chunks: request, receivedBytes: () => Number.POSITIVE_INFINITY };
  const create = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  if (create === undefined) throw new BodyError('unknown_encoding');
  const decompressor = create();
  request.once('error', (error) => decompressor.destroy(error));
  return { chunks: request.pipe(decompressor), receivedBytes: () => decompressor.bytesWritten };
}

const drainMs = 1_000;
const drainTickMs = 50;

/**
 * Drops the rest of a refused body, for a second at most, before it is answered: a connection that is closed while the
 * client still writes takes the answer with it.
 */
export async function drainBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  request.unpipe().resume();
  let isEnded = false;
  const ended = Promise.race([once(request, 'close', { signal }), once(request, 'end', { signal })])
    .catch(() => undefined)
    .then(() => (isEnded = true));
  // Counted in ticks: a process that stood still for a second has read nothing in it.
  for (let ms = 0; ms < drainMs && !isEnded; ms += drainTickMs) await Promise.race([ended, setTimeout(drainTickMs)]);
  waiting.abort();
}
