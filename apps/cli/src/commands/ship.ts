import { purposes } from '@keycourier/journey/model/purpose';
import { Option, type Command } from 'commander';

import { at, type Api } from '../api/client.ts';
import { shipment, type Shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { inShort } from '../output/shipment-lines.ts';
import { poll } from '../waiting/poll.ts';
import { addField, parseInteger, type Fields } from './option-parsers.ts';
import { isBefore, needsAttention } from './statuses.ts';

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
  timeout: number;
}

/** Requests one key. */
export function addShip(program: Command, cli: Cli): void {
  program
    .command('ship')
    .description('request a key for one user')
    .argument('<login>', "the user's Okta login")
    .option('--id', 'the argument is an Okta user id, not a login')
    .option('--product <id>', 'productId; optional if only one product is configured')
    .option('--inventory <id>', 'inventoryProductId')
    .option('--customization <id>', 'customizationId')
    .addOption(new Option('--purpose <purpose>', 'use of the key').choices(purposes).default('primary'))
    .option('--note <text>', 'a note stored with the shipment')
    .option('--set <field=value>', 'override a profile attribute for this parcel (repeatable)', addField)
    .option('--dry-run', 'check everything, order nothing')
    .option('--wait', 'wait until it is ordered (dry run: checked) or needs attention')
    .option('--timeout <seconds>', 'stop waiting after this time', parseInteger(1, 30 * 86_400), 86_400)
    .action(async (login: string, options: Options) => {
      const api = await cli.api();
      const requested = await requestKey(api, login, options);
      const current =
        options.wait === true ? await wait(cli, api, { requested, timeoutMs: options.timeout * 1_000 }) : requested;
      printResult(cli, current, () => inShort(cli.terminal, current));
      if (options.wait === true && needsAttention(current.status)) cli.setExitCode(exitCodes.needsAttention);
    });
}

async function requestKey(api: Api, login: string, options: Options): Promise<Shipment> {
  const { product, inventory, customization, purpose, note, set } = options;
  return api.request(shipment, {
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

async function wait(
  cli: Cli,
  api: Api,
  { requested, timeoutMs }: { requested: Shipment; timeoutMs: number },
): Promise<Shipment> {
  const stage = requested.dryRun ? 'checked' : 'ordered';
  // Printed before anything else can fail: the shipment exists from now on.
  cli.terminal.err(`shipment ${clean(requested.id)} requested`);
  return poll(cli, {
    look: () => api.request(shipment, { method: 'GET', path: at`/v1/shipments/${requested.id}` }),
    hasArrived: ({ status }) => !isBefore(stage, status),
    describeLate: () => `${requested.id} is not yet ${stage}; it continues in the background`,
    timeoutMs,
  });
}
