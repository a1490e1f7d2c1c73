import type { Problem } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';

/** One line for each problem, with the suggestion below. */
export function problemLines({ paint }: Terminal, problems: readonly Problem[], indent = '  '): string[] {
  return problems.flatMap(({ field, message, suggestion }) => [
    `${indent}${paint.yellow(clean(field))}: ${clean(message)}`,
    ...(suggestion === undefined ? [] : [`${indent}  ${paint.dim('suggested:')} ${clean(suggestion)}`]),
  ]);
}

/** The same in one cell of a table. */
export const inOneLine = (problems: readonly Problem[]): string =>
  problems
    .map(
      ({ field, message, suggestion }) =>
        `${field}: ${message}${suggestion === undefined ? '' : ` (suggested: ${suggestion})`}`,
    )
    .join(' ');
