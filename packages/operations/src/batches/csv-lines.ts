import { maxRowLength } from './limits.ts';

export interface Line {
  /** With its line end; of a line that is too long, its beginning. */
  text: string;
  isTooLong: boolean;
  /** Counted from 1, empty lines included. */
  number: number;
}

/** Lines that can be looked at before they are taken. */
export interface LineQueue {
  /** Undefined behind the last line. */
  at: (index: number) => Promise<Line | undefined>;
  /** The same of a line that has been read; undefined also for one that has not been. */
  read: (index: number) => Line | undefined;
  take: (count: number) => void;
}

const linePattern = /[^\r\n]*(?:\r\n|\n|\r(?!$))/y;

/** The lines of a text, whichever line ends it has; empty lines are left out. */
export function queueLines(text: AsyncIterable<string>): LineQueue {
  const source = splitLines(text)[Symbol.asyncIterator]();
  let lines: Line[] = [];
  let taken = 0;
  return {
    at: async (index) => {
      while (taken + index >= lines.length) {
        const { value, done } = await source.next();
        if (done === true) return undefined;
        lines = [...lines.slice(taken), ...value];
        taken = 0;
      }
      return lines[taken + index];
    },
    read: (index) => lines[taken + index],
    take: (count) => {
      taken += count;
    },
  };
}

async function* splitLines(text: AsyncIterable<string>): AsyncGenerator<readonly Line[]> {
  const splitter = createSplitter();
  for await (const piece of text) yield splitter.take(piece);
  yield splitter.end();
}

function createSplitter(): { take: (piece: string) => Line[]; end: () => Line[] } {
  let open = '';
  /** The beginning of a line that is too long; the rest of it is dropped. */
  let longLine: string | null = null;
  let number = 0;
  const lineOf = (text: string): Line[] => {
    number += 1;
    const isTooLong = longLine !== null || text.length > maxRowLength;
    const line = { text: longLine ?? text.slice(0, maxRowLength), isTooLong, number };
    longLine = null;
    return line.text.trim() === '' ? [] : [line];
  };
  return {
    take: (piece) => {
      const lines: Line[] = [];
      const text = open + piece;
      let start = 0;
      for (let match = linePattern.exec(text); match !== null; match = linePattern.exec(text)) {
        lines.push(...lineOf(match[0]));
        start = linePattern.lastIndex;
      }
      open = text.slice(start);
      if (open.length > maxRowLength || longLine !== null) {
        longLine ??= open.slice(0, maxRowLength);
        open = open.endsWith('\r') ? '\r' : '';
      }
      return lines;
    },
    end: () => (open === '' && longLine === null ? [] : lineOf(open)),
  };
}
