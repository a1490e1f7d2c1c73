import { jsonParser, type Token } from 'stream-json/core/parser.js';

import { createBodyReader } from './json-body.ts';
import type { RawRow } from './raw-row.ts';
import { UnreadableFile } from './unreadable-file.ts';

/**
 * The rows of `{ "rows": [ … ] }`, as they come. Keys, texts and numbers are taken in pieces, so that none is ever larger
 * in memory than a row may be.
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
    // The tokenizer's message may hold what was sent.
    throw new UnreadableFile({ field: 'body', code: 'not_json' });
  }
}
