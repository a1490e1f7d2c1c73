import { readHeader } from './csv-header.ts';
import { queueLines } from './csv-lines.ts';
import { readOne, recordsOf, type CsvRecord } from './csv-records.ts';
import { readSeparator } from './csv-separator.ts';
import { maxBrokenRows, maxRowLength } from './limits.ts';
import { UnreadableFile, type OpenText, type RawRow } from './raw-row.ts';

type Names = readonly (string | null)[];

/**
 * Streams the rows of a CSV file, some at a time. The first line names the columns; empty lines are skipped. A row that cannot be read is
 * rejected alone.
 * @throws UnreadableFile
 */
export async function* readCsv(open: OpenText): AsyncGenerator<readonly RawRow[]> {
  const lines = queueLines(open());
  const separator = await readSeparator(lines);
  const names = await readNames(() => readOne(lines, separator));
  if (names === null) return;
  let row = 0;
  let broken = 0;
  for await (const records of recordsOf(lines, separator)) {
    broken += records.filter(({ outcome }) => outcome === 'broken').length;
    if (broken > maxBrokenRows) throw new UnreadableFile({ field: 'file', code: 'too_many_broken_rows' });
    const first = row + 1;
    row += records.length;
    yield records.map((record, index) =>
      record.outcome === 'read' ? readRow(first + index, record.cells, names) : rejectRow(first + index, record, names),
    );
  }
}

/** Null for a file without a line. */
async function readNames(readNext: () => Promise<CsvRecord[] | null>): Promise<Names | null> {
  for (;;) {
    const records = await readNext();
    if (records === null) return null;
    const [record] = records;
    if (record === undefined) continue;
    if (record.outcome === 'read') return readHeader(record.cells);
    throw new UnreadableFile(
      record.code === 'extra_cells'
        ? { field: 'header', code: 'too_many_columns' }
        : { field: placeOf(record), code: record.code },
    );
  }
}

const placeOf = ({ line, column }: Extract<CsvRecord, { outcome: 'broken' }>): string =>
  column === null ? `line ${line}` : `line ${line}, column ${column + 1}`;

function rejectRow(row: number, { column, code }: Extract<CsvRecord, { outcome: 'broken' }>, names: Names): RawRow {
  return { row, fields: {}, problems: [{ field: column === null ? 'row' : fieldOf(column, names), code }] };
}

/** A column by its field, or by its position. */
const fieldOf = (column: number, names: Names): string => names[column] ?? `column ${column + 1}`;

function readRow(row: number, record: readonly string[], names: Names): RawRow {
  const fields: Record<string, string> = {};
  let extra = -1;
  for (let index = 0; index < record.length; index += 1) {
    const cell = record[index]?.trim() ?? '';
    if (cell.length > maxRowLength)
      return { row, fields: {}, problems: [{ field: fieldOf(index, names), code: 'too_large' }] };
    if (cell === '') continue;
    const name = names[index] ?? null;
    if (name !== null) fields[name] = cell;
    else if (extra < 0) extra = index;
  }
  return { row, fields, problems: extra < 0 ? [] : [{ field: fieldOf(extra, names), code: 'extra_cells' }] };
}
