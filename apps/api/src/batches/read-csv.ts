import { pipeline } from 'node:stream/promises';

import { CsvError, parse } from 'csv-parse';

import { detectDelimiter, readHeader } from './csv-header.ts';
import { maxRecordLength, maxRowLength } from './limits.ts';
import { UnreadableFile, type RawRow } from './raw-row.ts';

/**
 * Streams the rows of a CSV file. The first line names the columns; empty lines are skipped.
 * @throws UnreadableFile
 */
export async function* readCsv(text: AsyncIterable<string>): AsyncGenerator<RawRow> {
  let names: readonly (string | null)[] | null = null;
  let row = 0;
  for await (const cells of recordsOf(text)) {
    if (names === null) names = readHeader(cells);
    else yield readRecord((row += 1), cells, names);
  }
}

function readRecord(row: number, record: readonly string[], names: readonly (string | null)[]): RawRow {
  const cells = record.map((cell) => cell.trim());
  const tooLong = cells.findIndex((cell) => cell.length > maxRowLength);
  if (tooLong >= 0) return { row, fields: {}, problems: [{ field: names[tooLong] ?? 'row', code: 'too_large' }] };
  const isExtra = cells.some((cell, index) => cell !== '' && (names[index] ?? null) === null);
  const filled = cells.flatMap((cell, index) => {
    const name = names[index] ?? null;
    return name === null || cell === '' ? [] : [[name, cell] as const];
  });
  return {
    row,
    fields: Object.fromEntries(filled),
    problems: isExtra ? [{ field: 'row', code: 'extra_cells' }] : [],
  };
}

async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  const { firstLine, all } = await lookAhead(text);
  const parser = parse({
    delimiter: detectDelimiter(firstLine),
    record_delimiter: ['\r\n', '\n', '\r'],
    trim: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    relax_column_count: true,
    max_record_size: maxRecordLength,
  });
  // An error of the source destroys the parser, and is thrown where the records are read.
  pipeline(all, parser).catch(() => undefined);
  try {
    const records: AsyncIterable<string[]> = parser;
    yield* records;
  } catch (error) {
    throw error instanceof CsvError ? asUnreadable(error) : error;
  }
}

/** The parser's own message contains the cell, so it is dropped. */
function asUnreadable({ code, lines }: CsvError): UnreadableFile {
  const line = typeof lines === 'number' ? `line ${lines}` : 'file';
  const own: Partial<Record<typeof code, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'quote_not_closed',
    CSV_MAX_RECORD_SIZE: 'record_too_large',
  };
  return new UnreadableFile({ field: line, code: own[code] ?? 'misplaced_quote' });
}

/** The first line that is not empty, and the text from its beginning. */
async function lookAhead(text: AsyncIterable<string>): Promise<{ firstLine: string; all: AsyncIterable<string> }> {
  const rest = text[Symbol.asyncIterator]();
  let head = '';
  let isEnd = false;
  while (!isEnd && !/[\r\n]/.test(head.trimStart()) && head.length < maxRowLength) {
    const { value, done } = await rest.next();
    if (done === true) isEnd = true;
    else head += value;
  }
  return { firstLine: head.trimStart().split(/[\r\n]/, 1)[0] ?? '', all: again(head, rest) };
}

async function* again(head: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
