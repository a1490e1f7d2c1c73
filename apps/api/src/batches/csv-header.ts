import { problemOfName } from '@keycourier/http/problems-of';
import { overridableFields } from '@keycourier/journey/model/profile';
import type { Problem } from '@keycourier/journey/model/shipment';
import { parse } from 'csv-parse/sync';

import { requestFields } from '../shipments/request-fields.ts';
import { UnreadableFile } from './raw-row.ts';

const keyOf = (name: string): string => name.replaceAll(/\s/g, '').toLowerCase();
const byKey = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(names.map((name) => [keyOf(name), name]));

/** Column names match in any letter case, with or without spaces: "First Name" is firstName. */
const columns = byKey([...Object.keys(requestFields), ...overridableFields]);

/** Refused as columns because PINs go there. Known here for a specific message. */
const addressesOfOkta = byKey(['email', 'secondEmail']);

const delimiters = [',', ';', '\t'] as const;

/** The delimiter by which the first line has the most known columns: in many locales, spreadsheets write semicolons. */
export function detectDelimiter(firstLine: string): string {
  const known = delimiters.map((delimiter) => ({ delimiter, count: countColumns(firstLine, delimiter) }));
  return known.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}

function countColumns(line: string, delimiter: string): number {
  try {
    const [cells = []] = parse(line, { delimiter, trim: true, relax_quotes: true });
    return cells.filter((cell) => columns.has(keyOf(cell))).length;
  } catch {
    return 0;
  }
}

interface Column {
  name: string;
  isKnown: boolean;
}

/**
 * The field of each column; null for a column without a name, whose cells must be empty.
 * @throws UnreadableFile with all problems of the header
 */
export function readHeader(cells: readonly string[]): readonly (string | null)[] {
  const header = cells.map(readName);
  const problems = problemsOf(header.filter((column) => column !== null));
  if (problems.length > 0) throw new UnreadableFile(...problems.slice(0, 20));
  return header.map((column) => column?.name ?? null);
}

function readName(cell: string): Column | null {
  const key = keyOf(cell);
  const name = columns.get(key);
  if (name !== undefined) return { name, isKnown: true };
  return key === '' ? null : { name: addressesOfOkta.get(key) ?? cell.trim(), isKnown: false };
}

function problemsOf(header: readonly Column[]): Problem[] {
  const known = header.filter(({ isKnown }) => isKnown).map(({ name }) => name);
  const unknown = header.filter(({ isKnown }) => !isKnown).map(({ name }) => problemOfName(name, 'header'));
  // A file without a header starts with values, which must not be quoted.
  if (!known.includes('login') && !known.includes('userId'))
    return [
      { field: 'header', code: 'person_column_missing' },
      ...unknown.filter(({ code }) => code === 'comes_from_okta'),
    ];
  const repeated = new Set(known.filter((name, index) => known.indexOf(name) !== index));
  return [...unknown, ...[...repeated].map((field) => ({ field, code: 'repeated' }))];
}
