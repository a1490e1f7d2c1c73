import { operatorRoles, type OperatorRole } from '@keycourier/config/key-files/operators';
import { Option, type Command } from 'commander';

import type { Cli } from '../cli.ts';

interface AddOptions {
  role: OperatorRole;
  tenant?: string[];
  login?: string;
  breakGlass: boolean;
}

const help = `
Edits the file in CONSOLE_OPERATORS_FILE (default: keys/operators.json in the data dir): run it where the console runs.
A new password is generated and printed once.`;

/** The operators who may sign in to the console. */
export function addOperators(program: Command, cli: Cli): void {
  const operators = program
    .command('operators')
    .description('add, list and remove the operators of the console')
    .addHelpText('after', help);
  // Loaded on demand: hashing a password is not what other commands start with.
  const edit = () => import('../key-files/edit-operators.ts');
  operators
    .command('list', { isDefault: true })
    .description('list the names of all operators')
    .action(async () => (await edit()).listOperators(cli));
  operators
    .command('add')
    .description('add an operator and print the password once')
    .argument('<user>', 'the name to sign in with')
    .addOption(new Option('--role <role>', 'what they may do').choices([...operatorRoles]).default('admin'))
    .option('--tenant <tenant...>', 'where; all tenants if it is left out')
    .option('--login <login>', 'their login at Okta: no operator has a PIN of their own sent')
    .option('--break-glass', 'for the day on which Okta cannot sign operators in: its use raises an alarm', false)
    .action(async (user: string, { tenant: tenants, ...options }: AddOptions) => {
      const grants = tenants === undefined ? options : { ...options, tenants };
      await (await edit()).setOperator(cli, user, { isNew: true, ...grants });
    });
  operators
    .command('password')
    .description('give an operator a new password and print it once; their sessions end')
    .argument('<user>', 'the name to sign in with')
    .action(async (user: string) => (await edit()).setOperator(cli, user, { isNew: false }));
  operators
    .command('remove')
    .description('remove an operator')
    .argument('<user>', 'the name to sign in with')
    .action(async (user: string) => (await edit()).removeOperator(cli, user));
}
