import { Assembler } from 'stream-json/core/assembler.js';

import { createStretches } from '../stretches.ts';
import { createTokenCounter, isWithin } from './count-tokens.ts';
import { JsonError, type JsonFaultCode, type JsonLimits } from './json-limits.ts';
import { locateFault, type TextPosition } from './locate.ts';
import { createTokenizer, endOfText, piecesOf } from './tokenize.ts';

export interface JsonFault {
  code: JsonFaultCode;
  /** Where it is; null where the bytes are no text. */
  position: TextPosition | null;
}

/** `json` is undefined where there is nothing at all; `text` is the document. */
export type JsonResult = { outcome: 'read'; json: unknown; text: string } | { outcome: 'refused'; fault: JsonFault };

/** What `JSON.parse` makes of so many bytes takes it some milliseconds and some MiB at most, for any content. */
export const shortDocumentBytes = 262_144;

/**
 * Reads a JSON document in UTF-8 as `JSON.parse` does, within limits: what is beyond them is refused before it exists, but
 * for a short document of another that is here as a whole, which is counted afterwards. Long documents are read in
 * stretches, so that other requests do not wait. The bytes are bounded by their source, whose errors are thrown unchanged.
 */
export async function readJson(
  source: AsyncIterable<Uint8Array> | Uint8Array,
  limits: JsonLimits,
): Promise<JsonResult> {
  if (!(source instanceof Uint8Array)) return readInPieces(source, limits);
  return readAtOnce(source, limits) ?? readInPieces(once(source), limits);
}

const tolerantUtf8 = new TextDecoder();

/** Null where the document is refused, which only its pieces can explain, or must be read in pieces. */
function readAtOnce(bytes: Uint8Array, limits: JsonLimits): JsonResult | null {
  // Of our own documents, `JSON.parse` would accept a name that is there twice. How long a number was it does not tell.
  if (!limits.isTolerant || bytes.length > Math.min(shortDocumentBytes, limits.characters)) return null;
  try {
    const text = tolerantUtf8.decode(bytes);
    const json: unknown = JSON.parse(text);
    return isWithin(json, limits) ? { outcome: 'read', json, text } : null;
  } catch {
    return null;
  }
}

async function readInPieces(bytes: AsyncIterable<Uint8Array>, limits: JsonLimits): Promise<JsonResult> {
  const reader = createReader(limits);
  const utf8 = new TextDecoder('utf-8', { fatal: !limits.isTolerant });
  const pause = createStretches();
  let text = '';
  /** Of the latest piece in which a token ended. */
  let offset = 0;
  const take = async (more: string): Promise<void> => {
    for (const piece of piecesOf(more)) {
      const start = text.length;
      text += piece;
      if (reader.take(piece)) offset = start;
      await pause();
    }
  };
  try {
    for await (const chunk of bytes) await take(decode(() => utf8.decode(chunk, { stream: true })));
    await take(decode(() => utf8.decode()));
    if (text === '') return { outcome: 'read', json: undefined, text };
    reader.take(endOfText);
    return { outcome: 'read', json: reader.end(), text };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { outcome: 'refused', fault: await describeFault(error, { text, offset, limits }) };
  }
}

async function describeFault(
  { code }: JsonError,
  { text, offset, limits }: { text: string; offset: number; limits: JsonLimits },
): Promise<JsonFault> {
  if (code === 'not_utf8') return { code, position: null };
  return { code, position: await locateFault(once(text), { code, offset }, createReader(limits).take) };
}

async function* once<Chunk>(chunk: Chunk): AsyncGenerator<Chunk> {
  yield chunk;
}

interface Reader {
  /** @returns whether a token has ended */
  take: (piece: string) => boolean;
  end: () => unknown;
}

function createReader(limits: JsonLimits): Reader {
  const tokenize = createTokenizer({ packValues: true, streamValues: false });
  const counter = createTokenCounter(limits);
  const assembler = new Assembler();
  return {
    take: (piece) => {
      const tokens = tokenize(piece);
      for (const token of tokens) {
        counter.add(token);
        assembler.consume(token);
      }
      return tokens.length > 0;
    },
    end: () => {
      if (!counter.isComplete()) throw new JsonError('not_json');
      return assembler.current;
    },
  };
}

function decode(read: () => string): string {
  try {
    return read();
  } catch {
    throw new JsonError('not_utf8');
  }
}
