import { isPlainName } from '@keycourier/http/problems-of';
import type { SuggestedProblem } from '@keycourier/messages/describe-problem';

import { readColumn, type Column } from './column-names.ts';
import { maxColumns } from './limits.ts';
import { UnreadableFile } from './raw-row.ts';

/** Of a header; further ones are left out. */
const maxProblems = 20;

export const countKnownColumns = (cells: readonly string[]): number =>
  cells.filter((cell) => readColumn(cell).outcome === 'known').length;

/**
 * The field of each column; null for a column without a name, whose cells must be empty.
 * @throws UnreadableFile with all problems of the header
 */
export function readHeader(cells: readonly string[]): readonly (string | null)[] {
  if (cells.length > maxColumns) throw new UnreadableFile({ field: 'header', code: 'too_many_columns' });
  const columns = cells.map(readColumn);
  const problems = problemsOf(columns, cells);
  if (problems.length > 0) throw new UnreadableFile(...problems.slice(0, maxProblems));
  return columns.map((column) => (column.outcome === 'known' ? column.name : null));
}

function problemsOf(columns: readonly Column[], cells: readonly string[]): SuggestedProblem[] {
  const known = columns.flatMap((column) => (column.outcome === 'known' ? [column.name] : []));
  const isHeader = known.includes('login') || known.includes('userId');
  const unusable = columns.flatMap((column, index) => problemOf(column, { cell: cells[index] ?? '', index, isHeader }));
  if (!isHeader) return [{ field: 'header', code: 'person_column_missing' }, ...unusable];
  const repeated = new Set(known.filter((name, index) => known.indexOf(name) !== index));
  return [...unusable, ...[...repeated].map((field) => ({ field, code: 'repeated' }))];
}

/**
 * A column is named where that is safe: a file without a header starts with values, and a name that is no word may be one
 * in the wrong place. Any other is reported by its position.
 */
function problemOf(
  column: Column,
  { cell, index, isHeader }: { cell: string; index: number; isHeader: boolean },
): SuggestedProblem[] {
  const field = isHeader && isPlainName(cell.trim()) ? cell.trim() : `column ${index + 1}`;
  switch (column.outcome) {
    case 'known':
    case 'unnamed':
      return [];
    case 'of_okta':
      return [{ field: column.name, code: 'comes_from_okta' }];
    case 'unknown':
      if (column.suggestion !== null) return [{ field, code: 'unknown_column', suggestion: column.suggestion }];
      return isHeader ? [{ field, code: 'unknown_field' }] : [];
  }
}
