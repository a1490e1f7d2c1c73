import type { Api } from './api/client.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Options that every command has. */
export interface Globals {
  url?: string;
  key?: string;
  json?: boolean;
}

/** What a command may use of the world around it. */
export interface Cli {
  terminal: Terminal;
  environment: Environment;
  now: () => Date;
  sleep: (ms: number) => Promise<void>;
  globals: () => Globals;
  /** The API that the options, the environment or a running `npm start` name. @throws CliError `usage` */
  api: () => Promise<Api>;
  /** What the process is to end with. */
  end: (code: ExitCode) => void;
}

/** Prints an answer: whole, for scripts, or the way a person reads it. */
export function answer(cli: Cli, json: unknown, human: () => string): void {
  cli.terminal.out(cli.globals().json === true ? JSON.stringify(json, null, 2) : human());
}
