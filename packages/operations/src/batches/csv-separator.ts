import { countKnownColumns } from './csv-header.ts';
import type { LineQueue } from './csv-lines.ts';
import { parseCells } from './csv-records.ts';
import { UnreadableFile } from './raw-row.ts';

const separators = [',', ';', '\t', '|'] as const;

/** In characters: enough of a header to know its separator. */
const headLength = 4_096;

/** Excel's own first line, which it hides: `sep=;`. Some exports quote it, write a tab as `\t`, or fill up the line. */
const separatorLine = /^\s*"?sep\s*=\s*(\\t|[^\s"]|\t| )"?[,;|\t]*"?\s*$/i;

/**
 * What separates the cells: what the first line says, which is taken then; else that by which the first line has the most
 * known columns, since spreadsheets write semicolons in many locales.
 * @throws UnreadableFile
 */
export async function readSeparator(lines: LineQueue): Promise<string> {
  const first = await lines.at(0);
  if (first === undefined) return ',';
  const [, named = null] = separatorLine.exec(first.text) ?? [];
  if (named === null) return detectSeparator(first.text);
  lines.take(1);
  const separator = separators.find((one) => one === (named === '\\t' ? '\t' : named));
  if (separator === undefined) throw new UnreadableFile({ field: `line ${first.number}`, code: 'unknown_separator' });
  return separator;
}

function detectSeparator(line: string): string {
  const counts = separators.map((separator) => ({
    separator,
    count: countKnownColumns(parseCells(line.slice(0, headLength), separator)),
  }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).separator;
}
