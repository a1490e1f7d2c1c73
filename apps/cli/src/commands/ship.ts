import { Option, type Command } from 'commander';

import { at, type Api } from '../api/client.ts';
import { shipment, type Shipment } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { inShort } from '../output/shipment-lines.ts';
import { collectField, type Fields } from './fields.ts';
import { isBefore } from './statuses.ts';

interface Options {
  id?: boolean;
  product?: string;
  inventory?: string;
  customization?: string;
  purpose: string;
  note?: string;
  set?: Fields;
  dryRun?: boolean;
  wait?: boolean;
}

/** Asks for one key. */
export function addShip(program: Command, cli: Cli): void {
  program
    .command('ship')
    .description('asks for a key for one person')
    .argument('<login>', "the person's Okta login")
    .option('--id', 'the person is given by an Okta user id, not by a login')
    .option('--product <id>', 'which key: the productId; may be left out where only one is configured')
    .option('--inventory <id>', 'out of which stock: the inventoryProductId')
    .option('--customization <id>', 'the customizationId')
    .addOption(
      new Option('--purpose <purpose>', 'what the key is for').choices(['primary', 'backup']).default('primary'),
    )
    .option('--note <text>', 'kept with the shipment')
    .option(
      '--set <field=value>',
      'an attribute other than in Okta, for this parcel alone; may be given several times',
      collectField,
    )
    .option('--dry-run', 'check everything, order nothing')
    .option('--wait', 'until it is ordered (a rehearsal: checked), or a person must act')
    .action(async (login: string, options: Options) => {
      const api = await cli.api();
      const asked = await ask(api, login, options);
      const found = options.wait === true ? await follow(cli, api, asked) : asked;
      answer(cli, found, () => inShort(cli.terminal, found));
    });
}

async function ask(api: Api, login: string, options: Options): Promise<Shipment> {
  const { product, inventory, customization, purpose, note, set } = options;
  return api.ask(shipment, {
    method: 'POST',
    path: '/v1/shipments',
    query: { dryRun: options.dryRun === true ? 'true' : undefined },
    json: {
      ...(options.id === true ? { userId: login } : { login }),
      ...(product === undefined ? {} : { productId: product }),
      ...(inventory === undefined ? {} : { inventoryProductId: inventory }),
      ...(customization === undefined ? {} : { customizationId: customization }),
      purpose,
      ...(note === undefined ? {} : { note }),
      ...(set === undefined ? {} : { profile: set }),
    },
  });
}

async function follow(cli: Cli, api: Api, asked: Shipment): Promise<Shipment> {
  const stage = asked.dryRun ? 'checked' : 'ordered';
  let current = asked;
  while (isBefore(stage, current.status)) {
    await cli.sleep(500);
    current = await api.ask(shipment, { method: 'GET', path: at`/v1/shipments/${asked.id}` });
  }
  return current;
}
