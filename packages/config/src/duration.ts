import { z } from 'zod';

const longestMs = 30 * 86_400_000;
const unitsMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `15m`, `12h`, `2s`, `500ms`; at most 30 days. In milliseconds when parsed. */
export const duration = z.string().transform((text, context) => {
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const milliseconds = Number(count) * (unitsMs.get(unit) ?? Number.NaN);
  if (!(milliseconds <= longestMs)) context.addIssue('must be a duration such as 500ms, 30s, 15m, 12h or 2d');
  return milliseconds;
});
