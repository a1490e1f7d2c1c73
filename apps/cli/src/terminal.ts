import pc from 'picocolors';

import { cleanLines } from './output/clean.ts';

export type Paint = ReturnType<typeof pc.createColors>;

/** Where a command writes: results to `out`, everything about the way there to `err`. */
export interface Terminal {
  /** A line of the result. */
  out: (text: string) => void;
  err: (text: string) => void;
  /** For what draws over itself, such as a progress bar. */
  errorStream: NodeJS.WritableStream;
  /** A person watches: progress may be drawn. */
  isWatched: boolean;
  /** The width that tables keep to; unlimited where the output goes to a file or a pipe. */
  columns: number;
  paint: Paint;
}

interface Stream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The terminal that a process was started in. Colours only on one, and never where NO_COLOR says so (no-color.org). */
export function openTerminal(streams: { stdout: Stream; stderr: Stream }, environment: Environment): Terminal {
  const { stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true && environment['TERM'] !== 'dumb';
  const noColor = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '';
  const paint = pc.createColors(isTerminal && !noColor);
  return {
    out: (text) => void stdout.write(`${cleanLines(text)}\n`),
    err: (text) => void stderr.write(`${cleanLines(text)}\n`),
    errorStream: stderr,
    isWatched: stderr.isTTY === true && environment['TERM'] !== 'dumb',
    columns: stdout.isTTY === true ? Math.max(60, stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    paint,
  };
}
