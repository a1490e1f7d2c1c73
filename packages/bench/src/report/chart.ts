import { number } from './format.ts';
import type { Bar, Chart } from './result.ts';

const width = 720;
const labelWidth = 230;
const barHeight = 22;
const gap = 12;
const top = 34;
const colours = { ours: '#1f6feb', other: '#8c959f', text: '#57606a', range: '#24292f' } as const;

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Horizontal bars, with a line from the lowest to the highest of the rounds. Readable on a light and a dark page. */
export function chartSvg({ title, unit, bars }: Chart): string {
  const most = Math.max(...bars.map(({ value, max }) => Math.max(value, max ?? 0)), 0);
  const scale = most === 0 ? 0 : (width - labelWidth - 110) / most;
  const height = top + bars.length * (barHeight + gap);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" role="img">`,
    `<title>${escape(`${title}, ${unit}`)}</title>`,
    `<text x="0" y="16" font-weight="bold" fill="${colours.text}">${escape(`${title} (${unit})`)}</text>`,
    ...bars.map((bar, index) => barSvg(bar, { y: top + index * (barHeight + gap), scale })),
    '</svg>',
    '',
  ].join('\n');
}

function barSvg({ label, value, min, max, isOurs }: Bar, { y, scale }: { y: number; scale: number }): string {
  const x = (amount: number): number => Math.round((labelWidth + amount * scale) * 10) / 10;
  const middle = y + barHeight / 2;
  const end = x(Math.max(value, max ?? 0));
  const range =
    min === null || max === null
      ? ''
      : `<path d="M${x(min)} ${middle}H${x(max)}M${x(min)} ${middle - 4}v8M${x(max)} ${middle - 4}v8" stroke="${colours.range}" fill="none"/>`;
  return [
    `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end" fill="${colours.text}">${escape(label)}</text>`,
    `<rect x="${labelWidth}" y="${y}" width="${Math.max(1, x(value) - labelWidth)}" height="${barHeight}" fill="${isOurs ? colours.ours : colours.other}"/>`,
    range,
    `<text x="${end + 8}" y="${middle + 4}" fill="${colours.text}">${number(value)}</text>`,
  ].join('');
}
