import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { shipment } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { inShort } from '../output/shipment-lines.ts';

/** Command, the API's name of the action, and what it does. */
const actions = [
  ['cancel', 'cancel', 'no key after all: cancels the order at the provider and the enrollment in Okta'],
  ['retry', 'retry', 'checks a held or failed shipment again, or redoes its next step; never a second order'],
  ['release-pin', 'release-pin', 'mails the PIN now, ahead of the release policy'],
  ['resend-pin', 'resend-pin', 'has the PIN mailed once more'],
  ['confirm', 'confirm-receipt', 'the recipient has the key in hand'],
] as const;

/** What a person may ask of one shipment. */
export function addActions(program: Command, cli: Cli): void {
  for (const [name, action, description] of actions)
    program
      .command(name)
      .description(description)
      .argument('<id>', 'the shipment')
      .action(async (id: string) => {
        const api = await cli.api();
        const changed = await api.ask(shipment, { method: 'POST', path: `${at`/v1/shipments/${id}`}/${action}` });
        answer(cli, changed, () => inShort(cli.terminal, changed));
      });
}
