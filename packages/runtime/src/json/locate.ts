import { createStretches } from '../stretches.ts';
import type { JsonFaultCode } from './json-limits.ts';
import { piecesOf } from './tokenize.ts';

/** Counted from 1; columns in UTF-16 units, as editors count them. */
export interface TextPosition {
  line: number;
  column: number;
}

/** What separates two tokens, and is part of neither. */
const separators = /[\s,:]*/y;

/** The tokenizer reports the end of a number only together with what follows it, which may be the fault. */
const numberBefore = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[\s,:\]}])[\s,:]*/y;

/**
 * In characters, of what is read one by one. A fault that is further behind the last token is within a text, or behind blanks,
 * whose beginning is named then.
 */
const maxTail = 16_384;

/**
 * Where the token begins that `take` throws for. `take` is new and gets the document again: in pieces up to `offset`,
 * before which all was well, then character by character. It returns whether a token has ended.
 */
export async function locateFault(
  text: AsyncIterable<string>,
  { code, offset }: { code: JsonFaultCode; offset: number },
  take: (piece: string) => boolean,
): Promise<TextPosition> {
  const pause = createStretches();
  const start = createPosition();
  /** Since the last token. */
  let tail = '';
  let faultAt = 0;
  try {
    for await (const piece of fromOffset(text, offset)) {
      tail += piece;
      faultAt = tail.length - 1;
      if (take(piece) || piece.length > 1) {
        start.add(tail);
        tail = '';
      }
      faultAt = tail.length;
      await pause();
    }
  } catch {
    // The fault that is looked for.
  }
  start.add(tail.slice(0, tokenBefore(faultAt, code === 'not_json', tail)));
  return start.current();
}

function tokenBefore(faultAt: number, mayBeBehindNumber: boolean, tail: string): number {
  const start = Math.min(endOf(separators, tail, 0), faultAt);
  const behindNumber = endOf(numberBefore, tail, start);
  return mayBeBehindNumber && behindNumber <= faultAt ? behindNumber : start;
}

/** Whole pieces up to `offset`, single characters behind it, but not without end. */
async function* fromOffset(text: AsyncIterable<string>, offset: number): AsyncGenerator<string> {
  let before = offset;
  let left = maxTail;
  for await (const chunk of text) {
    yield* piecesOf(chunk.slice(0, before));
    const rest = chunk.slice(before, before + left);
    before = Math.max(before - chunk.length, 0);
    left -= rest.length;
    for (let index = 0; index < rest.length; index += 1) yield rest.charAt(index);
    if (left === 0) return;
  }
}

/** Where a sticky pattern ends that matches at `offset`; else `offset`. */
function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}

function createPosition(): { add: (text: string) => void; current: () => TextPosition } {
  let line = 1;
  let column = 1;
  let isAfterReturn = false;
  return {
    add: (text) => {
      if (text === '') return;
      const lines = (isAfterReturn && text.startsWith('\n') ? text.slice(1) : text).split(/\r\n|\r|\n/);
      line += lines.length - 1;
      column = (lines.length === 1 ? column : 1) + (lines.at(-1) ?? '').length;
      isAfterReturn = text.endsWith('\r');
    },
    current: () => ({ line, column }),
  };
}
