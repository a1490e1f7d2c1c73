import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { inShort } from '../output/shipment-lines.ts';

/** Command, the API's name of the action, and description. */
const actions = [
  ['cancel', 'cancel', 'cancel the order at the provider and delete the enrollment in Okta'],
  ['retry', 'retry', 'recheck a held or failed shipment, or retry its next step; never orders twice'],
  ['release-pin', 'release-pin', 'send the PIN now, before the release policy does'],
  ['resend-pin', 'resend-pin', 'send the PIN again'],
  ['confirm', 'confirm-receipt', 'confirm that the recipient has the key'],
] as const;

/** The operator actions on a shipment. */
export function addActions(program: Command, cli: Cli): void {
  for (const [name, action, description] of actions)
    program
      .command(name)
      .description(description)
      .argument('<id>', 'shipment id')
      .action(async (id: string) => {
        const api = await cli.api();
        const updated = await api.request(shipment, { method: 'POST', path: `${at`/v1/shipments/${id}`}/${action}` });
        printResult(cli, updated, () => inShort(cli.terminal, updated));
      });
}
