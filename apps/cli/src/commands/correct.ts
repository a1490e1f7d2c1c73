import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { inShort } from '../output/shipment-lines.ts';
import { addField, type Fields } from './option-parsers.ts';

interface Options {
  accept?: boolean;
  reject?: boolean;
  set?: Fields;
  confirm?: readonly string[];
}

/** Corrects the address of a held shipment. */
export function addCorrect(program: Command, cli: Cli): void {
  program
    .command('correct')
    .description('accept the suggested address, keep the current one, or set another')
    .argument('<id>', 'shipment id')
    .option('--accept', "accept the provider's suggestion")
    .option('--reject', 'keep the address as it is')
    .option('--set <field=value>', 'set an attribute by its Okta name (repeatable)', addField)
    .option(
      '--confirm <field>',
      'say that a --set value is right although the check does not know it (primaryPhone, zipCode)',
      add,
    )
    .addHelpText('after', '\nExample:\n  keycourier correct shp_… --set streetAddress="1 Main St" --set zipCode=94107')
    .action(async (id: string, options: Options) => {
      const json = correctionOf(options);
      const api = await cli.api();
      const updated = await api.request(shipment, { method: 'POST', path: at`/v1/shipments/${id}/corrections`, json });
      printResult(cli, updated, () => inShort(cli.terminal, updated));
    });
}

const add = (field: string, before: readonly string[] = []): readonly string[] => [...before, field];

function correctionOf({ accept, reject, set, confirm }: Options): unknown {
  if ([accept, reject, set].filter((option) => option !== undefined).length !== 1)
    throw new CliError('usage', 'Use exactly one of --accept, --reject and --set field=value');
  if (set === undefined && confirm !== undefined) throw new CliError('usage', 'Use --confirm with --set field=value');
  if (set !== undefined) return { fields: set, ...(confirm === undefined ? {} : { confirmed: confirm }) };
  return { decision: accept === true ? 'accept' : 'reject' };
}
