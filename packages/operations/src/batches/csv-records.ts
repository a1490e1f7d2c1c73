import { createStretches } from '@keycourier/runtime/stretches';
import { CsvError } from 'csv-parse';
import { parse, type Options } from 'csv-parse/sync';
import Papa from 'papaparse';

import type { Line, LineQueue } from './csv-lines.ts';
import { maxLengthOfLines, maxLinesOfCell, maxSeparators } from './limits.ts';

/** `column` counts from 0; null where it is not known. */
export type CsvRecord =
  | { outcome: 'read'; cells: readonly string[] }
  | { outcome: 'broken'; line: number; column: number | null; code: BrokenRecordCode };

export type BrokenRecordCode = 'quote_not_closed' | 'misplaced_quote' | 'too_large' | 'extra_cells';

/** In characters, of the lines that are parsed at once: any block takes some milliseconds. */
const blockLength = 8_192;

/**
 * The records of a CSV file, as csv-parse reads them, some at a time. It gets whole lines, never the file: what a misplaced or
 * unclosed quote breaks is one line, and the next is read as if it were not there.
 */
export async function* recordsOf(lines: LineQueue, delimiter: string): AsyncGenerator<readonly CsvRecord[]> {
  const pause = createStretches();
  for (let first = await lines.at(0); first !== undefined; first = await lines.at(0)) {
    const block = blockOf(lines, delimiter);
    const records = parseBlock(block, delimiter);
    if (records === null)
      for (const _line of block) {
        yield (await readOne(lines, delimiter)) ?? [];
        await pause();
      }
    else {
      lines.take(block.length);
      yield records;
    }
    await pause();
  }
}

/** The next record alone; none for a line of empty cells, null behind the last line. */
export async function readOne(lines: LineQueue, delimiter: string): Promise<CsvRecord[] | null> {
  const first = await lines.at(0);
  if (first === undefined) return null;
  const { taken, record } = await readFrom(first, lines, delimiter);
  lines.take(taken);
  return record === null ? [] : [record];
}

/** At least one line, of those that have been read; none but the first may be unusual. */
function blockOf(lines: LineQueue, delimiter: string): readonly Line[] {
  const block: Line[] = [];
  let length = 0;
  for (let line = lines.read(0); line !== undefined; line = lines.read(block.length)) {
    length += line.text.length;
    if (block.length > 0 && (length > blockLength || isOversized(line, delimiter))) break;
    block.push(line);
  }
  return block;
}

/** Null where a line has to be looked at alone. */
function parseBlock(block: readonly Line[], delimiter: string): CsvRecord[] | null {
  const [first] = block;
  if (first === undefined || isOversized(first, delimiter)) return null;
  if (!block.some(({ text }) => text.includes('"'))) return parseWithoutQuotes(block, delimiter);
  const parsed = parseText(block.map(({ text }) => text).join(''), delimiter);
  if (parsed.outcome === 'failed' || parsed.records.some(isAmbiguous)) return null;
  return parsed.records.map((cells) => ({ outcome: 'read', cells }));
}

/**
 * Without a quote, a line is a record and what is between separators a cell. Papa Parse then splits, where csv-parse reads byte
 * by byte; of quotes it does not know what is broken as exactly.
 */
function parseWithoutQuotes(block: readonly Line[], delimiter: string): CsvRecord[] {
  const text = block.map((line) => line.text.replace(endOfLine, '')).join('\n');
  const { data } = Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    fastMode: true,
    skipEmptyLines: 'greedy',
    transform: (cell) => cell.trim(),
  });
  return data.map((cells) => ({ outcome: 'read', cells }));
}

const endOfLine = /\r?\n$|\r$/;

interface Taken {
  taken: number;
  record: CsvRecord | null;
}

async function readFrom(first: Line, lines: LineQueue, delimiter: string): Promise<Taken> {
  const { number: line } = first;
  if (isOversized(first, delimiter))
    return { taken: 1, record: { outcome: 'broken', line, ...excessOf(first, delimiter) } };
  let text = '';
  let failure: Failure | null = null;
  for (let count = 0; count < maxLinesOfCell; count += 1) {
    const next = await lines.at(count);
    if (
      next === undefined ||
      isOversized(next, delimiter) ||
      (count > 0 && text.length + next.text.length > maxLengthOfLines)
    )
      break;
    text += next.text;
    // A cell that is open stays so over a line whose quotes are doubled.
    if (count > 0 && quotesIn(next.text) % 2 === 0) continue;
    const parsed = parseAlone(text, delimiter);
    if (parsed.outcome === 'parsed')
      return { taken: count + 1, record: parsed.cells === null ? null : { outcome: 'read', cells: parsed.cells } };
    failure ??= parsed;
    if (parsed.code !== 'quote_not_closed') break;
  }
  const { column, code } = failure ?? { column: null, code: 'misplaced_quote' as const };
  return { taken: 1, record: { outcome: 'broken', line, column, code } };
}

type Failure = { outcome: 'failed'; column: number | null; code: 'quote_not_closed' | 'misplaced_quote' };

/** One record; its cells are null for empty cells alone. */
function parseAlone(text: string, delimiter: string): { outcome: 'parsed'; cells: readonly string[] | null } | Failure {
  const parsed = parseText(text, delimiter);
  if (parsed.outcome === 'failed') return parsed;
  const [cells = null] = parsed.records;
  if (cells === null || !isAmbiguous(cells)) return { outcome: 'parsed', cells };
  const strictly = parseText(text, delimiter, { relax_quotes: false });
  return strictly.outcome === 'failed' ? strictly : { outcome: 'parsed', cells };
}

/** Quotes in two cells: if they are not quoted cells, the separator between the quotes may have been meant as text. */
const isAmbiguous = (cells: readonly string[]): boolean => cells.filter((cell) => cell.includes('"')).length > 1;

/** One quote in a cell that is not quoted is text: 24" screen. */
function parseText(
  text: string,
  delimiter: string,
  options: Options = {},
): { outcome: 'parsed'; records: string[][] } | Failure {
  try {
    const records: string[][] = parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      trim: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      relax_column_count: true,
      relax_quotes: true,
      ...options,
    });
    return { outcome: 'parsed', records };
  } catch (error) {
    // The parser's own message contains the cell, so it is dropped.
    if (error instanceof CsvError) return failureOf(error);
    throw error;
  }
}

function failureOf({ code, column }: CsvError): Failure {
  return {
    outcome: 'failed',
    column: typeof column === 'number' ? column : null,
    code: code === 'CSV_QUOTE_NOT_CLOSED' ? 'quote_not_closed' : 'misplaced_quote',
  };
}

/** The cells of one line; none where it cannot be read alone. */
export function parseCells(line: string, delimiter: string): readonly string[] {
  const parsed = parseText(line, delimiter);
  return parsed.outcome === 'parsed' ? (parsed.records[0] ?? []) : [];
}

const isOversized = ({ text, isTooLong }: Line, delimiter: string): boolean =>
  isTooLong || countOf(delimiter, text, maxSeparators + 1) > maxSeparators;

/** Which limit a line exceeds, and in which column as far as its beginning shows. */
function excessOf({ text, isTooLong }: Line, delimiter: string): { column: number | null; code: BrokenRecordCode } {
  if (!isTooLong || countOf(delimiter, text, maxSeparators + 1) > maxSeparators)
    return { column: null, code: 'extra_cells' };
  const parsed = parseText(text, delimiter);
  const column = parsed.outcome === 'failed' ? parsed.column : (parsed.records[0]?.length ?? 1) - 1;
  return { column, code: 'too_large' };
}

const quotesIn = (text: string): number => countOf('"', text, Number.POSITIVE_INFINITY);

function countOf(mark: string, text: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count < most; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}
