import type { Api } from './api/client.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Options that every command has. */
export interface Globals {
  url?: string;
  key?: string;
  json?: boolean;
  /** Do not ask before what cannot be undone. */
  yes?: boolean;
}

/** What a command may use. */
export interface Cli {
  terminal: Terminal;
  environment: Environment;
  now: () => Date;
  sleep: (ms: number) => Promise<void>;
  /** For one request to the receiver, by `okta setup`. */
  receiverTimeoutMs: number;
  globals: () => Globals;
  /** The API set by the options, the environment or a running `npm start`. @throws CliError `usage` */
  api: () => Promise<Api>;
  setExitCode: (code: ExitCode) => void;
}

/** Prints a result: all of it as JSON with --json, else as text. */
export function printResult(cli: Cli, json: unknown, text: () => string): void {
  cli.terminal.out(cli.globals().json === true ? JSON.stringify(json, null, 2) : text());
}
