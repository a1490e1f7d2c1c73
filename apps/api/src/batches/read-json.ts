import { UnreadableFile, type OpenText, type RawRow } from '@keycourier/operations/batches/raw-row';
import { JsonError } from '@keycourier/runtime/json/json-limits';
import { locateFault } from '@keycourier/runtime/json/locate';
import { createTokenizer, piecesOf } from '@keycourier/runtime/json/tokenize';
import { createStretches } from '@keycourier/runtime/stretches';
import type { Token } from 'stream-json/core/parser.js';

import { createBodyReader } from './json-body.ts';

/**
 * Streams the rows of `{ "rows": [ … ] }`, some at a time. Keys, strings and numbers are read in pieces, so that none exceeds the size of
 * a row in memory.
 * @throws UnreadableFile
 */
export async function* readJson(open: OpenText): AsyncGenerator<readonly RawRow[]> {
  const reader = createReader();
  const pause = createStretches();
  let length = 0;
  /** Of the latest piece in which a token ended. */
  let offset = 0;
  try {
    for await (const text of open())
      for (const piece of piecesOf(text)) {
        const { rows, hasToken } = reader.take(piece);
        if (hasToken) offset = length;
        length += piece.length;
        if (rows.length > 0) yield rows;
        await pause();
      }
    reader.end();
  } catch (error) {
    throw error instanceof JsonError ? await withPlace(error, offset, open) : error;
  }
}

interface Reader {
  take: (piece: string) => { rows: readonly RawRow[]; hasToken: boolean };
  end: () => void;
}

function createReader(): Reader {
  const tokenize = createTokenizer({ packValues: false, streamValues: true });
  const body = createBodyReader();
  return {
    take: (piece) => {
      const tokens = tokenize(piece);
      return { rows: tokens.flatMap(body.take), hasToken: tokens.some(isEnd) };
    },
    end: body.end,
  };
}

const isEnd = ({ name }: Token): boolean => !/^start(?:Key|String|Number)$|Chunk$/.test(name);

/** The body is read once more, up to the fault. */
async function withPlace({ code }: JsonError, offset: number, open: OpenText): Promise<UnreadableFile> {
  const { take } = createReader();
  const { line, column } = await locateFault(open(), { code, offset }, (piece) => take(piece).hasToken);
  return new UnreadableFile({ field: `line ${line}, column ${column}`, code });
}
