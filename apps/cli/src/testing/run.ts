import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Environment } from '../cli.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runCli } from '../program.ts';
import { openTerminal } from '../terminal.ts';

export interface Ran {
  code: ExitCode;
  out: string;
  err: string;
  /** `out`, parsed. */
  json: () => unknown;
}

export interface Setting {
  environment?: Environment;
  /** As on a terminal of this width, with colours; else as in a pipe. */
  columns?: number;
  now?: () => Date;
}

/** Runs a command line in this process, and takes in all that it writes. Waits of the command take no time. */
export async function run(argv: readonly string[], { environment = {}, columns, now }: Setting = {}): Promise<Ran> {
  const [stdout, stderr] = [collecting(columns), collecting(columns)];
  // A data dir where nothing runs: the machine's own npm start is none of a test's business.
  const own = { KEYCOURIER_DATA_DIR: '/nonexistent', ...environment };
  const code = await runCli(argv, {
    terminal: openTerminal({ stdout: stdout.stream, stderr: stderr.stream }, own),
    environment: own,
    sleep: () => sleep(1),
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
