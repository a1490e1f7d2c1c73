import { setTimeout as sleep } from 'node:timers/promises';

import { Command, CommanderError } from 'commander';
import { z } from 'zod';

import { createApi } from './api/client.ts';
import type { Cli, Environment, Globals } from './cli.ts';
import { addAccount } from './commands/account.ts';
import { addActions } from './commands/act.ts';
import { addAudit } from './commands/audit.ts';
import { addBatch } from './commands/batch.ts';
import { addBulk } from './commands/bulk.ts';
import { addCatchUp } from './commands/catch-up.ts';
import { addCompletion } from './commands/completion.ts';
import { addConnections } from './commands/connections.ts';
import { addCorrect } from './commands/correct.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addFlows } from './commands/flows.ts';
import { addHub } from './commands/hub.ts';
import { addInit } from './commands/init.ts';
import { addKeys } from './commands/keys.ts';
import { addList } from './commands/list.ts';
import { addOkta } from './commands/okta.ts';
import { addOperators } from './commands/operators.ts';
import { addPeople } from './commands/people.ts';
import { addRegistration } from './commands/registration.ts';
import { addShip } from './commands/ship.ts';
import { addShow } from './commands/show.ts';
import { findConnection, isKeyExposed } from './connection/find-connection.ts';
import { readLocalFile } from './connection/local-file.ts';
import { CliError } from './errors.ts';
import { exitCodes, exitCodesHelp, type ExitCode } from './exit-codes.ts';
import { reportError } from './output/report-error.ts';
import type { Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

export interface Host {
  terminal: Terminal;
  environment: Environment;
  now?: () => Date;
  sleep?: (ms: number) => Promise<void>;
  /** How long a receiver has to answer; three seconds by default, as from Okta. */
  receiverTimeoutMs?: number;
}

const environmentHelp = `
Environment:
  KEYCOURIER_URL, KEYCOURIER_API_KEY  the API's URL and key
  KEYCOURIER_DATA_DIR                 data dir of npm start, whose API is the
                                      default (.keycourier)
  KEYCOURIER_CONFIG                   path of keycourier.yaml, for okta setup
                                      and doctor
  KEYCOURIER_RECEIVER_URL             the receiver's public URL, for okta setup
                                      and doctor
  NO_COLOR                            disables colours`;

/** In the order of the help. */
const commands: readonly ((program: Command, cli: Cli) => void)[] = [
  addShip,
  addBatch,
  addBulk,
  addList,
  addShow,
  addActions,
  addCorrect,
  addEvents,
  addFlows,
  addCatchUp,
  addRegistration,
  addConnections,
  addPeople,
  addAccount,
  addAudit,
  addKeys,
  addInit,
  addOperators,
  addOkta,
  addHub,
  addDoctor,
  addCompletion,
];

/** Runs one command line. Never throws: an error is printed and becomes an exit code. */
export async function runCli(argv: readonly string[], host: Host): Promise<ExitCode> {
  const program = new Command('keycourier');
  let exitCode: ExitCode = exitCodes.ok;
  const cli = createCli(program, host, (code) => {
    exitCode = code;
  });
  describe(program, host.terminal);
  for (const add of commands) add(program, cli);
  const json = argv.includes('--json');
  redirect(program, host.terminal, json);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(host.terminal, error, json);
    if (error.exitCode === 0) return exitCodes.ok;
    if (json) reportError(host.terminal, new CliError('usage', error.message.replace(/^error: /, '')), json);
    return exitCodes.usage;
  }
}

function describe(program: Command, { paint }: Terminal): void {
  program
    .version(readVersion(), '-V, --version', 'print the version')
    .description('Ships pre-registered YubiKeys: request keys, track them, and check the set-up.')
    .option('--url <url>', 'base URL of the API (preferably in KEYCOURIER_URL)')
    .option('--key <key>', 'API key; visible to other users of this machine in ps: prefer KEYCOURIER_API_KEY')
    .option('--yes', 'do not ask before what cannot be undone; a script is never asked')
    .option('--json', 'print JSON, for scripts; errors go to stderr as { "error": … }')
    .showHelpAfterError('(--help lists the options)')
    .configureHelp({ styleTitle: (title) => paint.bold(title) })
    .addHelpText('after', `${environmentHelp}\n${exitCodesHelp}`);
}

/** Commander must neither write to the process's streams nor end it: tests run commands in their own process. */
function redirect(command: Command, terminal: Terminal, json: boolean): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out(text.trimEnd()),
    writeErr: (text) => (json ? undefined : terminal.err(text.trimEnd())),
    getOutHasColors: () => terminal.paint.isColorSupported,
    getErrHasColors: () => terminal.paint.isColorSupported,
    ...(Number.isFinite(terminal.columns) ? { getOutHelpWidth: () => terminal.columns } : {}),
  });
  for (const subcommand of command.commands) redirect(subcommand, terminal, json);
}

const connectionVariables = z.object({
  KEYCOURIER_URL: z.string().min(1).optional().catch(undefined),
  KEYCOURIER_API_KEY: z.string().min(1).optional().catch(undefined),
  KEYCOURIER_DATA_DIR: z.string().min(1).default('.keycourier').catch('.keycourier'),
});

function createCli(program: Command, host: Host, setExitCode: Cli['setExitCode']): Cli {
  const { terminal, environment } = host;
  const globals = (): Globals => program.opts<Globals>();
  return {
    terminal,
    environment,
    now: host.now ?? (() => new Date()),
    sleep: host.sleep ?? ((ms) => sleep(ms)),
    receiverTimeoutMs: host.receiverTimeoutMs ?? 3_000,
    globals,
    setExitCode,
    api: async () => {
      const variables = connectionVariables.parse(environment);
      const fallback = { url: variables.KEYCOURIER_URL, key: variables.KEYCOURIER_API_KEY };
      const connection = findConnection(globals(), fallback, await readLocalFile(variables.KEYCOURIER_DATA_DIR));
      if (isKeyExposed(connection.url))
        terminal.err(terminal.paint.yellow('warning: the API key crosses the network unencrypted; use https'));
      return createApi(connection);
    },
  };
}
