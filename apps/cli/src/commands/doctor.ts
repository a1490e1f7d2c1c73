import { readConfigFile, type Config } from '@keycourier/config/config-file';
import type { Command } from 'commander';

import { answer, type Cli } from '../cli.ts';
import { findSetUp, pickTenant, type SetUp } from '../connection/read-tenants.ts';
import type { SetUpUnderCheck } from '../doctor/check.ts';
import { report } from '../doctor/report.ts';
import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from './fields.ts';

interface Options {
  tenant?: string;
  receiverUrl?: string;
  timeout: number;
  lowStock: number;
}

const more = `
Run it where the processes run, with their environment: it reads what they read (KEYCOURIER_CONFIG, DATABASE_URL,
REDIS_URL, SEALING_KEYS_FILE, …), and asks the running services. It changes nothing and mails nobody.
Ends with 1 when something is red. Yellow works now and may not soon; – was not looked at, and says why.`;

/** Checks every setting against the running services. */
export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('checks every setting against the running services')
    .option('--tenant <name>', 'only this one')
    .option('--receiver-url <url>', 'where Okta reaches the receiver (or KEYCOURIER_RECEIVER_URL)')
    .option('--timeout <seconds>', 'for each check', wholeNumber(1, 300), 10)
    .option('--low-stock <count>', 'warn under so many keys of a product', wholeNumber(1, 1_000_000), 50)
    .addHelpText('after', more)
    .action((options: Options) => run(cli, options));
}

async function run(cli: Cli, options: Options): Promise<void> {
  const setUp = await findSetUp(cli.environment);
  // A file that is not usable is a finding among others.
  const config = await readConfigFile(setUp.configPath).catch(() => null);
  const { isWatched, errorStream } = cli.terminal;
  if (isWatched) errorStream.write('looking …');
  // Loaded where it is needed: what speaks to the outside takes its time to load.
  const { examine } = await import('../doctor/examine.ts');
  const results = await examine({
    setUp: subjectOf(cli, setUp, config, options),
    tenants: tenantsOf(config, options.tenant),
    lowStock: options.lowStock,
    now: cli.now(),
    timeoutMs: options.timeout * 1_000,
  });
  // Erases the line.
  if (isWatched) errorStream.write('\r\u001B[2K');
  const isRed = results.some(({ status }) => status === 'red');
  const checks = results.map(({ tenant, check, status, message, fix = null }) => ({
    tenant,
    check,
    status,
    message,
    fix,
  }));
  answer(cli, { ok: !isRed, checks }, () => report(cli.terminal, results));
  if (isRed) cli.end(exitCodes.refused);
}

function tenantsOf(
  config: Config | null,
  only: string | undefined,
): { name: string; config: Config['tenants'][string] }[] {
  if (config === null) return [];
  if (only !== undefined) return [pickTenant(config, only)];
  return Object.entries(config.tenants).map(([name, given]) => ({ name, config: given }));
}

function subjectOf(
  { environment, globals }: Cli,
  setUp: SetUp,
  config: Config | null,
  options: Options,
): SetUpUnderCheck {
  const set = (name: string): string | undefined => environment[name] || undefined;
  const given = globals();
  const apiUrl = given.url ?? set('KEYCOURIER_URL') ?? setUp.local?.api ?? null;
  const ownKey = apiUrl !== null && apiUrl === setUp.local?.api ? setUp.local.apiKey : null;
  const base = options.receiverUrl ?? set('KEYCOURIER_RECEIVER_URL') ?? setUp.local?.receiver ?? null;
  return {
    setUp,
    environment: setUp.environment,
    apiUrl: apiUrl?.replace(/\/+$/, '') ?? null,
    receiverUrl: base?.replace(/\/okta\/hooks\/.*$/, '').replace(/\/+$/, '') ?? null,
    apiKey: given.key ?? set('KEYCOURIER_API_KEY') ?? ownKey,
    isMailing: config === null ? null : Object.values(config.tenants).some(({ pin }) => pin.channel === 'smtp'),
    // A read is tried three times at most.
    timeoutMs: Math.floor((options.timeout * 1_000) / 4),
  };
}
