import { createStretches } from '../stretches.ts';
import type { JsonFaultCode } from './json-limits.ts';

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
 * Where the token begins that `take` throws for. `take` is new and gets the document again: up to `offset`, before which
 * all was well, at once, then character by character. It returns whether a token has ended.
 */
export async function locateFault(
  text: string,
  { code, offset }: { code: JsonFaultCode; offset: number },
  take: (piece: string) => boolean,
): Promise<TextPosition> {
  const pause = createStretches();
  take(text.slice(0, offset));
  let tokenEnd = offset;
  let index = offset;
  try {
    for (; index < text.length; index += 1) {
      if (take(text.charAt(index))) tokenEnd = index + 1;
      if (index % 256 === 0) await pause();
    }
  } catch {
    // The fault that is looked for.
  }
  const start = Math.min(endOf(separators, text, tokenEnd), index);
  const behindNumber = endOf(numberBefore, text, start);
  return positionOf(text, code === 'not_json' && behindNumber <= index ? behindNumber : start);
}

/** Where a sticky pattern ends that matches at `offset`; else `offset`. */
function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}

function positionOf(text: string, offset: number): TextPosition {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
