import { createInterface } from 'node:readline/promises';

import pc from 'picocolors';

import { cleanLines } from './output/clean.ts';

export type Paint = ReturnType<typeof pc.createColors>;

/** Where a command writes: results to `out`, progress and warnings to `err`. */
export interface Terminal {
  /** Standard input, for a command that reads a file from it. */
  input: NodeJS.ReadableStream;
  /** A line of the result. */
  out: (text: string) => void;
  err: (text: string) => void;
  /** For output that overwrites itself, such as a progress bar. */
  errorStream: NodeJS.WritableStream;
  /** Standard error is a terminal: progress may be drawn. */
  isInteractive: boolean;
  /** Asks the person at the terminal and returns what was typed; null in a script. */
  ask: ((question: string) => Promise<string>) | null;
  /** The maximum width of tables; unlimited for a file or a pipe. */
  columns: number;
  paint: Paint;
}

interface Stream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

interface Streams {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: Stream;
  stderr: Stream;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours only on a terminal, and not with NO_COLOR (no-color.org). */
export function createTerminal(streams: Streams, environment: Environment): Terminal {
  const { stdin, stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true && environment['TERM'] !== 'dumb';
  const noColor = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '';
  const paint = pc.createColors(isTerminal && !noColor);
  return {
    input: stdin,
    out: (text) => void stdout.write(`${cleanLines(text)}\n`),
    err: (text) => void stderr.write(`${cleanLines(text)}\n`),
    errorStream: stderr,
    isInteractive: stderr.isTTY === true && environment['TERM'] !== 'dumb',
    ask: stdin.isTTY === true && stderr.isTTY === true ? (question) => askAt(streams, question) : null,
    columns: stdout.isTTY === true ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    paint,
  };
}

/** Without an answer, as after Ctrl-D, the answer is empty: the promise of `question` alone would stay pending. */
async function askAt({ stdin, stderr }: Streams, question: string): Promise<string> {
  const reader = createInterface({ input: stdin, output: stderr });
  const closed = new Promise<string>((resolve) => void reader.once('close', () => resolve('')));
  try {
    return await Promise.race([reader.question(cleanLines(question)), closed]);
  } finally {
    reader.close();
  }
}
