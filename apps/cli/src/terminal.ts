import pc from 'picocolors';

import { cleanLines } from './output/clean.ts';

export type Paint = ReturnType<typeof pc.createColors>;

/** Where a command writes: results to `out`, progress and warnings to `err`. */
export interface Terminal {
  /** A line of the result. */
  out: (text: string) => void;
  err: (text: string) => void;
  /** For output that overwrites itself, such as a progress bar. */
  errorStream: NodeJS.WritableStream;
  /** Standard error is a terminal: progress may be drawn. */
  isInteractive: boolean;
  /** The maximum width of tables; unlimited for a file or a pipe. */
  columns: number;
  paint: Paint;
}

interface Stream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours only on a terminal, and not with NO_COLOR (no-color.org). */
export function createTerminal(streams: { stdout: Stream; stderr: Stream }, environment: Environment): Terminal {
  const { stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true && environment['TERM'] !== 'dumb';
  const noColor = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '';
  const paint = pc.createColors(isTerminal && !noColor);
  return {
    out: (text) => void stdout.write(`${cleanLines(text)}\n`),
    err: (text) => void stderr.write(`${cleanLines(text)}\n`),
    errorStream: stderr,
    isInteractive: stderr.isTTY === true && environment['TERM'] !== 'dumb',
    columns: stdout.isTTY === true ? Math.max(60, stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    paint,
  };
}
