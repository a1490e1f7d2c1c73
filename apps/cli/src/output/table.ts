import CliTable from 'cli-table3';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

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
const minValueWidth = 20;

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
 * columns are omitted, and if it still is, each row is drawn below the one before, a line for each value.
 */
export function table<Row>(terminal: Terminal, all: readonly Column<Row>[], rows: readonly Row[]): string {
  const columns = fits(terminal, all, rows) ? all : all.filter(({ isExtra }) => isExtra !== true);
  return fits(terminal, columns, rows) ? grid(terminal, columns, rows) : records(terminal, columns, rows);
}

function grid<Row>(terminal: Terminal, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const widths = columns.map((column) => widthOf(column, rows));
  const lastWidth = remainingWidth(terminal, columns, rows);
  const drawn = new CliTable({
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
    colWidths: widths.map((width, index) =>
      index === widths.length - 1 ? Math.min(width, lastWidth) + gap : width + gap,
    ),
  });
  drawn.push(columns.map(({ title }) => terminal.paint.dim(title)));
  const cell = ({ of, paint }: Column<Row>, index: number, row: Row): string => {
    const text = painted(paint, clean(of(row)), row);
    return index === columns.length - 1 ? wrap(text, lastWidth) : text;
  };
  for (const row of rows) drawn.push(columns.map((column, index) => cell(column, index, row)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Each row as pairs of title and value, for a terminal that is too narrow for columns. */
function records<Row>(terminal: Terminal, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const draw = (row: Row): string =>
    pairs(
      terminal,
      columns
        .map(({ title, of, paint }) => [title, painted(paint, clean(of(row)), row)] as const)
        .filter(([, value]) => value !== ''),
    );
  return rows.map(draw).join('\n\n');
}

/** The last column has the width of its content, or enough to wrap in. */
function fits<Row>(terminal: Terminal, columns: readonly Column<Row>[], rows: readonly Row[]): boolean {
  const last = columns.at(-1);
  const wanted = last === undefined ? 0 : Math.min(minLastWidth, widthOf(last, rows) + gap);
  return remainingWidth(terminal, columns, rows) >= wanted;
}

const widthOf = <Row>({ title, of }: Column<Row>, rows: readonly Row[]): number =>
  Math.max(stringWidth(title), ...rows.map((row) => stringWidth(clean(of(row)))));

/** The width that the other columns leave for the last one. */
const remainingWidth = <Row>({ columns }: Terminal, all: readonly Column<Row>[], rows: readonly Row[]): number =>
  columns - all.slice(0, -1).reduce((sum, column) => sum + widthOf(column, rows) + gap, 0);

/** A word that is longer than the width, such as a URL, is broken: cut off, it could not be copied. */
const wrap = (text: string, width: number): string =>
  Number.isFinite(width) ? wrapAnsi(text, width, { hard: true }) : text;

const painted = <Row>(paint: Column<Row>['paint'], text: string, row: Row): string =>
  paint === undefined ? text : paint(text, row);

/** Names and values, one pair per line, aligned. On a terminal, a value wraps below its start. */
export function pairs(terminal: Terminal, lines: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  const valueWidth = Math.max(minValueWidth, terminal.columns - width - gap);
  const indent = ' '.repeat(width + gap);
  return lines
    .map(([name, value]) => {
      const wrapped = wrap(value, valueWidth).replaceAll('\n', `\n${indent}`);
      return `${terminal.paint.dim(name.padEnd(width))}${' '.repeat(gap)}${wrapped}`;
    })
    .join('\n');
}
