import CliTable from 'cli-table3';
import stringWidth from 'string-width';

import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';

export interface Column<Row> {
  title: string;
  of: (row: Row) => string;
  paint?: (text: string, row: Row) => string;
  /** Left out where the terminal is too narrow for all. */
  isExtra?: boolean;
}

const gap = 2;
const leastWrapped = 30;

/** No lines around and between the cells: what is copied out of a terminal is the text alone. */
const bare = Object.fromEntries(
  [
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ]
    .flat()
    .map((name) => [name, '']),
);

/**
 * Rows under their titles. On a terminal the last column is wrapped to what the others leave of the width, and where that
 * would be too little the extra columns are left out.
 */
export function table<Row>(terminal: Terminal, all: readonly Column<Row>[], rows: readonly Row[]): string {
  const columns = leftFor(terminal, all, rows) >= leastWrapped ? all : all.filter(({ isExtra }) => isExtra !== true);
  const widths = columns.map((column) => widthOf(column, rows));
  const left = Math.max(leastWrapped, leftFor(terminal, columns, rows));
  const drawn = new CliTable({
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
    colWidths: widths.map((width, index) => (index === widths.length - 1 ? Math.min(width + gap, left) : width + gap)),
    wordWrap: true,
  });
  drawn.push(columns.map(({ title }) => terminal.paint.dim(title)));
  for (const row of rows) drawn.push(columns.map(({ of, paint }) => dyed(paint, clean(of(row)), row)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const widthOf = <Row>({ title, of }: Column<Row>, rows: readonly Row[]): number =>
  Math.max(stringWidth(title), ...rows.map((row) => stringWidth(clean(of(row)))));

/** What is left of the terminal's width for the last column. */
const leftFor = <Row>({ columns }: Terminal, all: readonly Column<Row>[], rows: readonly Row[]): number =>
  columns - all.slice(0, -1).reduce((sum, column) => sum + widthOf(column, rows) + gap, 0);

const dyed = <Row>(dye: Column<Row>['paint'], text: string, row: Row): string =>
  dye === undefined ? text : dye(text, row);

/** Names and values, one pair a line, the values in one column. */
export function pairs(terminal: Terminal, lines: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${terminal.paint.dim(name.padEnd(width))}  ${value}`).join('\n');
}
