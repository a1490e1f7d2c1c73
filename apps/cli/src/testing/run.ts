import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Environment } from '../cli.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runCli } from '../program.ts';
import { createTerminal } from '../terminal.ts';

export interface Ran {
  code: ExitCode;
  out: string;
  err: string;
  /** `out`, parsed. */
  json: () => unknown;
}

export interface RunOptions {
  environment?: Environment;
  /** Simulates a terminal of this width, with colours; default: a pipe. */
  columns?: number;
  /** Lines typed at the terminal; needs `columns`. */
  typed?: readonly string[];
  /** What a pipe brings on standard input. */
  piped?: string;
  now?: () => Date;
}

/** Runs a command line in this process and captures its output. The command's pauses take no time. */
export async function run(
  argv: readonly string[],
  { environment = {}, columns, typed = [], piped, now }: RunOptions = {},
): Promise<Ran> {
  const input = piped === undefined ? typed.map((line) => `${line}\n`) : [Buffer.from(piped)];
  const stdin = Object.assign(Readable.from(input), { isTTY: columns !== undefined });
  const [stdout, stderr] = [collecting(columns), collecting(columns)];
  // A data dir without local.json: an npm start on this machine must not affect a test.
  const isolated = { KEYCOURIER_DATA_DIR: '/nonexistent', ...environment };
  const code = await runCli(argv, {
    terminal: createTerminal({ stdin, stdout: stdout.stream, stderr: stderr.stream }, isolated),
    environment: isolated,
    sleep: () => sleep(1),
    receiverTimeoutMs: 60_000,
    ...(now === undefined ? {} : { now }),
  });
  const out = stdout.text();
  return { code, out, err: stderr.text(), json: (): unknown => JSON.parse(out) };
}

function collecting(columns: number | undefined) {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  return {
    stream: Object.assign(stream, columns === undefined ? {} : { isTTY: true, columns }),
    text: (): string => chunks.join(''),
  };
}
