import type { ToldProblem } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';

/** Each problem on a line of its own, with the suggestion under it. */
export function problemLines({ paint }: Terminal, problems: readonly ToldProblem[], indent = '  '): string[] {
  return problems.flatMap(({ field, message, suggestion }) => [
    `${indent}${paint.yellow(clean(field))}: ${clean(message)}`,
    ...(suggestion === undefined ? [] : [`${indent}  ${paint.dim('suggested:')} ${clean(suggestion)}`]),
  ]);
}

/** The same in one cell of a table. */
export const inOneLine = (problems: readonly ToldProblem[]): string =>
  problems
    .map(
      ({ field, message, suggestion }) =>
        `${field}: ${message}${suggestion === undefined ? '' : ` (suggested: ${suggestion})`}`,
    )
    .join(' ');
