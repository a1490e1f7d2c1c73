import { join } from 'node:path';

import type { Command } from 'commander';

import { printResult, type Cli } from '../cli.ts';
import { findSetup } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { clean } from '../output/clean.ts';

interface Options {
  compose?: boolean;
  simulators?: boolean;
}

const help = `
Writes nothing if one of the files exists. Each has mode 0600, in a folder of mode 0700. What Okta, the provider and your
mail server issue is not made here: an empty file, or a variable that keycourier.yaml names, waits for it.`;

/** Makes the secrets of a new installation. */
export function addInit(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('make the keys and secrets of a new installation')
    .option('--compose', 'the files that docker-compose.yml mounts, in secrets/ of the data dir')
    .option('--simulators', 'with --compose: tokens and databases for the profile simulators, too')
    .addHelpText('after', help)
    .action((options: Options) => run(cli, options));
}

async function run(cli: Cli, { compose = false, simulators = false }: Options): Promise<void> {
  if (simulators && !compose) throw new CliError('usage', 'Use --simulators with --compose');
  const { dataDir } = await findSetup(cli.environment);
  const folder = join(dataDir, compose ? 'secrets' : 'keys');
  // Loaded on demand: it makes keys, and no other command does.
  const { makeSecrets } = await import('../key-files/make-secrets.ts');
  const made = await makeSecrets(folder, { layout: compose ? 'compose' : 'data-dir', simulators });
  printResult(cli, made, () =>
    [
      ...made.files.map((path) => clean(path)),
      `The console's operator is "${made.operator.user}", and the password ${made.operator.password}`,
      `Public key for PIN copies, for the provider: ${JSON.stringify(made.pinCopyPublicKey)}`,
    ].join('\n'),
  );
  cli.terminal.err('Save the password now: it is not shown again. Back the folder up apart from the database.');
}
