import { jsonParser, type Token } from 'stream-json/core/parser.js';

import { createBodyReader } from './json-body.ts';
import { UnreadableFile, type RawRow } from './raw-row.ts';

/**
 * Streams the rows of `{ "rows": [ … ] }`. Keys, strings and numbers are read in pieces, so that none exceeds the size of
 * a row in memory.
 * @throws UnreadableFile
 */
export async function* readJson(text: AsyncIterable<string>): AsyncGenerator<RawRow> {
  const tokenize = jsonParser({ packValues: false, streamValues: true });
  const reader = createBodyReader();
  for await (const piece of text) yield* tokensOf(tokenize, piece).flatMap(reader.take);
  reader.end();
}

function tokensOf(tokenize: ReturnType<typeof jsonParser>, piece: string): readonly Token[] {
  try {
    const tokens = tokenize(piece);
    return typeof tokens === 'symbol' ? [] : tokens.values;
  } catch {
    // The tokenizer's message may quote the body.
    throw new UnreadableFile({ field: 'body', code: 'not_json' });
  }
}
