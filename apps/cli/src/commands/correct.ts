import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { shipment } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { inShort } from '../output/shipment-lines.ts';
import { collectField, type Fields } from './fields.ts';

interface Options {
  accept?: boolean;
  reject?: boolean;
  set?: Fields;
}

/** Settles the address of a shipment that is held for it. */
export function addCorrect(program: Command, cli: Cli): void {
  program
    .command('correct')
    .description('takes the suggested address, keeps the one that is there, or gives another')
    .argument('<id>', 'the shipment')
    .option('--accept', "take the provider's suggestion")
    .option('--reject', 'ship to the address as it is written')
    .option('--set <field=value>', 'a corrected attribute, by its Okta name; may be given several times', collectField)
    .addHelpText('after', '\nExample:\n  keycourier correct shp_… --set streetAddress="1 Main St" --set zipCode=94107')
    .action(async (id: string, options: Options) => {
      const json = correctionOf(options);
      const api = await cli.api();
      const changed = await api.ask(shipment, { method: 'POST', path: at`/v1/shipments/${id}/corrections`, json });
      answer(cli, changed, () => inShort(cli.terminal, changed));
    });
}

function correctionOf({ accept, reject, set }: Options): unknown {
  if ([accept, reject, set].filter((given) => given !== undefined).length !== 1)
    throw new CliError('usage', 'Give one of --accept, --reject or --set field=value');
  if (set !== undefined) return { fields: set };
  return { decision: accept === true ? 'accept' : 'reject' };
}
