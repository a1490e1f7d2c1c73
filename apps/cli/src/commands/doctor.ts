import { readConfigFile, type Config } from '@keycourier/config/config-file';
import type { Command } from 'commander';

import { printResult, type Cli } from '../cli.ts';
import { findSetup, pickTenant, type Setup } from '../connection/read-tenants.ts';
import type { SetupUnderCheck } from '../doctor/check.ts';
import { report } from '../doctor/report.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseInteger } from './option-parsers.ts';

interface Options {
  tenant?: string;
  receiverUrl?: string;
  timeout: number;
  lowStock: number;
}

const help = `
Run it where the processes run, with their environment: it reads the same settings (KEYCOURIER_CONFIG, DATABASE_URL,
REDIS_URL, SEALING_KEYS_FILE, …) and queries the running services. It changes nothing and sends no mail.
Exit code 1 if any check is red. Yellow: works now, but needs attention soon. –: skipped, with the reason.`;

/** Checks every setting against the running services. */
export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('check every setting against the running services')
    .option('--tenant <name>', 'check this tenant only')
    .option('--receiver-url <url>', "the receiver's public URL (or KEYCOURIER_RECEIVER_URL)")
    .option('--timeout <seconds>', 'for each check', parseInteger(1, 300), 10)
    .option('--low-stock <count>', 'warn below this number of keys per product', parseInteger(1, 1_000_000), 50)
    .addHelpText('after', help)
    .action((options: Options) => run(cli, options));
}

async function run(cli: Cli, options: Options): Promise<void> {
  const setup = await findSetup(cli.environment);
  // An invalid config file is reported by its own check.
  const config = await readConfigFile(setup.configPath, setup.environment['KEYCOURIER_MODE']).catch(() => null);
  const { isInteractive, errorStream } = cli.terminal;
  if (isInteractive) errorStream.write('checking …');
  // Loaded on demand: the connectors make the start of every other command slower.
  const { runChecks } = await import('../doctor/run-checks.ts');
  const results = await runChecks({
    setup: { ...servicesOf(cli, setup, options), config, now: cli.now(), timeoutMs: requestTimeoutMs(options) },
    tenants: tenantsOf(config, options.tenant),
    lowStock: options.lowStock,
    now: cli.now(),
    timeoutMs: options.timeout * 1_000,
  });
  // Erases the line.
  if (isInteractive) errorStream.write('\r\u001B[2K');
  const isRed = results.some(({ status }) => status === 'red');
  const checks = results.map(({ tenant, check, status, message, fix = null }) => ({
    tenant,
    check,
    status,
    message,
    fix,
  }));
  printResult(cli, { ok: !isRed, checks }, () => report(cli.terminal, results));
  if (isRed) cli.setExitCode(exitCodes.refused);
}

function tenantsOf(
  config: Config | null,
  only: string | undefined,
): { name: string; config: Config['tenants'][string] }[] {
  if (config === null) return [];
  if (only !== undefined) return [pickTenant(config, only)];
  return Object.entries(config.tenants).map(([name, tenant]) => ({ name, config: tenant }));
}

function servicesOf(
  { environment, globals }: Cli,
  setup: Setup,
  options: Options,
): Omit<SetupUnderCheck, 'config' | 'now' | 'timeoutMs'> {
  const variable = (name: string): string | undefined => environment[name] || undefined;
  const { url, key } = globals();
  const apiUrl = url ?? variable('KEYCOURIER_URL') ?? setup.local?.api ?? null;
  const localKey = apiUrl !== null && apiUrl === setup.local?.api ? setup.local.apiKey : null;
  const receiver = options.receiverUrl ?? variable('KEYCOURIER_RECEIVER_URL') ?? setup.local?.receiver ?? null;
  return {
    setup,
    environment: setup.environment,
    apiUrl: apiUrl?.replace(/\/+$/, '') ?? null,
    receiverUrl: receiver?.replace(/\/okta\/hooks\/.*$/, '').replace(/\/+$/, '') ?? null,
    scimUrl: originOf(variable('SCIM_PUBLIC_URL') ?? setup.local?.scim),
    apiKey: key ?? variable('KEYCOURIER_API_KEY') ?? localKey,
  };
}

const originOf = (url: string | undefined): string | null =>
  url === undefined || !URL.canParse(url) ? null : new URL(url).origin;

/** A read is tried three times at most. */
const requestTimeoutMs = ({ timeout }: Options): number => Math.floor((timeout * 1_000) / 4);
