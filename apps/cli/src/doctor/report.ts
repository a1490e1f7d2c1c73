import { clean } from '../output/clean.ts';
import type { Paint, Terminal } from '../terminal.ts';
import type { Finding } from './finding.ts';
import type { Result } from './run-checks.ts';

const statuses = ['green', 'yellow', 'red', 'skipped'] as const;
const marks = { green: '✓', yellow: '!', red: '✗', skipped: '–' } as const;

/** The findings by tenant, one per line, with the fix below. */
export function report(terminal: Terminal, results: readonly Result[]): string {
  const { paint } = terminal;
  const width = Math.max(...results.map(({ check }) => check.length));
  const groups = [...new Set(results.map(({ tenant }) => tenant))];
  const lines = groups.flatMap((tenant) => [
    paint.bold(tenant ?? 'keycourier'),
    ...results.filter((result) => result.tenant === tenant).flatMap((result) => lineOf(terminal, result, width)),
    '',
  ]);
  return [...lines, summary(terminal, results)].join('\n');
}

function lineOf(terminal: Terminal, { status, check, message, fix }: Result, width: number): string[] {
  const { paint } = terminal;
  const color = colorOf(paint, status);
  const text = status === 'skipped' ? paint.dim(clean(message)) : clean(message);
  const head = `  ${color(marks[status])} ${color(check.padEnd(width))}  ${text}`;
  return fix === undefined ? [head] : [head, `    ${' '.repeat(width)}  ${paint.dim('→')} ${clean(fix)}`];
}

function summary({ paint }: Terminal, results: readonly Result[]): string {
  const parts = statuses.flatMap((status) => {
    const count = results.filter((result) => result.status === status).length;
    return count > 0 || status === 'green' ? [colorOf(paint, status)(`${count} ${status}`)] : [];
  });
  return parts.join(', ');
}

function colorOf({ green, yellow, red, dim }: Paint, status: Finding['status']): (text: string) => string {
  return { green, yellow, red, skipped: dim }[status];
}
