import CliTable from 'cli-table3';
import stringWidth from 'string-width';

import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';

export interface Column<Row> {
  title: string;
  of: (row: Row) => string;
  paint?: (text: string, row: Row) => string;
  /** Omitted on a terminal that is too narrow for all columns. */
  isExtra?: boolean;
}

const gap = 2;
const minLastWidth = 30;

/** No borders, so that only text is copied from a terminal. */
const noBorders = Object.fromEntries(
  [
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ]
    .flat()
    .map((name) => [name, '']),
);

/**
 * Rows under their titles. On a terminal, the last column wraps to the remaining width; if that is too little, the extra
 * columns are omitted.
 */
export function table<Row>(terminal: Terminal, all: readonly Column<Row>[], rows: readonly Row[]): string {
  const columns =
    remainingWidth(terminal, all, rows) >= minLastWidth ? all : all.filter(({ isExtra }) => isExtra !== true);
  const widths = columns.map((column) => widthOf(column, rows));
  const lastWidth = Math.max(minLastWidth, remainingWidth(terminal, columns, rows));
  const drawn = new CliTable({
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
    colWidths: widths.map((width, index) =>
      index === widths.length - 1 ? Math.min(width + gap, lastWidth) : width + gap,
    ),
    wordWrap: true,
  });
  drawn.push(columns.map(({ title }) => terminal.paint.dim(title)));
  for (const row of rows) drawn.push(columns.map(({ of, paint }) => painted(paint, clean(of(row)), row)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const widthOf = <Row>({ title, of }: Column<Row>, rows: readonly Row[]): number =>
  Math.max(stringWidth(title), ...rows.map((row) => stringWidth(clean(of(row)))));

/** The width that the other columns leave for the last one. */
const remainingWidth = <Row>({ columns }: Terminal, all: readonly Column<Row>[], rows: readonly Row[]): number =>
  columns - all.slice(0, -1).reduce((sum, column) => sum + widthOf(column, rows) + gap, 0);

const painted = <Row>(paint: Column<Row>['paint'], text: string, row: Row): string =>
  paint === undefined ? text : paint(text, row);

/** Names and values, one pair per line, aligned. */
export function pairs(terminal: Terminal, lines: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${terminal.paint.dim(name.padEnd(width))}  ${value}`).join('\n');
}
