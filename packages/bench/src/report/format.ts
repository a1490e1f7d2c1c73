import { rangeOf, type Range } from '../measure/statistics.ts';
import type { Bar, Target } from './result.ts';

/** Three significant digits, thousands with commas. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median of several rounds, and the lowest and highest in brackets. */
export const ranged = ({ median, min, max }: Range): string =>
  min === max ? number(median) : `${number(median)} (${number(min)}–${number(max)})`;

export const rangedOf = <Figures>(rounds: readonly Figures[], pick: (figures: Figures) => number): string =>
  ranged(rangeOf(rounds.map(pick)));

export const medianOf = <Figures>(rounds: readonly Figures[], pick: (figures: Figures) => number): number =>
  rangeOf(rounds.map(pick)).median;

/** Ratio of two figures, round by round. */
export const ratios = <Figures>(
  ours: readonly Figures[],
  theirs: readonly Figures[],
  pick: (figures: Figures) => number,
): number[] =>
  ours.flatMap((one, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [pick(one) / pick(other)];
  });

export const bar = (label: string, { median, min, max }: Range, isOurs = false): Bar => ({
  label,
  value: median,
  min: min === max ? null : min,
  max: min === max ? null : max,
  isOurs,
});

const targetOf =
  (direction: Target['direction']) =>
  (what: string, value: number | null, [limit, unit]: readonly [number, string]): Target => ({
    what,
    value: value === null || !Number.isFinite(value) ? null : value,
    limit,
    direction,
    unit,
  });

export const atLeast = targetOf('at least');
export const atMost = targetOf('at most');

export function isMet({ value, limit, direction }: Target): boolean | null {
  if (value === null) return null;
  return direction === 'at least' ? value >= limit : value <= limit;
}
