import type { Cli } from '../cli.ts';
import { CliError } from '../errors.ts';

/**
 * Asks the person at a terminal before something that cannot be undone. A script, or `--yes`, is not asked.
 * @throws CliError `declined`
 */
export async function confirm({ terminal, globals }: Cli, consequence: string): Promise<void> {
  if (globals().yes === true || terminal.ask === null) return;
  const answer = await terminal.ask(`${consequence} Continue? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('declined', 'Not confirmed: nothing was changed');
}
