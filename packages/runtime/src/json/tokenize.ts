import { jsonParser, type ParserOptions, type Token } from 'stream-json/core/parser.js';

import { JsonError } from './json-limits.ts';

/** Small, so that the tokens of a piece are few and a stretch ends soon. */
export const pieceLength = 4_096;

/** A line feed: numbers and literals end with it, and nothing else of a document does. */
export const endOfText = '\n';

/** Takes a document piece by piece, `endOfText` last. Throws a JsonError `not_json` where the grammar is broken. */
export type Tokenize = (piece: string) => readonly Token[];

export function createTokenizer(options: ParserOptions): Tokenize {
  const parse = jsonParser(options);
  return (piece) => {
    try {
      const tokens = parse(piece);
      return typeof tokens === 'symbol' ? [] : tokens.values;
    } catch {
      // The library's message may quote the document.
      throw new JsonError('not_json');
    }
  };
}

/** Text in pieces of at most `pieceLength`. */
export function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += pieceLength) yield text.slice(start, start + pieceLength);
}
