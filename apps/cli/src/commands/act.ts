import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { confirm } from '../output/confirm.ts';
import { inShort } from '../output/shipment-lines.ts';

interface Action {
  command: string;
  /** The API's name of the action. */
  action: string;
  description: string;
  /** What cannot be undone, for a question before it; null: nothing. */
  consequence: string | null;
}

const mailed = 'The PIN is mailed at once, and a mail cannot be taken back.';

const actions: readonly Action[] = [
  {
    command: 'cancel',
    action: 'cancel',
    description: 'cancel the order at the provider and delete the enrollment in Okta',
    consequence: 'The order is cancelled at the provider and its enrollment in Okta deleted: this cannot be undone.',
  },
  {
    command: 'retry',
    action: 'retry',
    description: 'recheck a held or failed shipment, or retry its next step; never orders twice',
    consequence: null,
  },
  {
    command: 'release-pin',
    action: 'release-pin',
    description:
      'send the PIN now, before the release policy does; by another person than the user and who requested it',
    consequence: mailed,
  },
  {
    command: 'resend-pin',
    action: 'resend-pin',
    description: 'send the PIN again; by another person than the user and who requested it',
    consequence: mailed,
  },
  {
    command: 'confirm',
    action: 'confirm-receipt',
    description: 'confirm that the recipient has the key',
    consequence: 'A PIN that waits for the key to arrive is mailed at once, and a mail cannot be taken back.',
  },
];

/** The operator actions on a shipment. */
export function addActions(program: Command, cli: Cli): void {
  for (const { command, action, description, consequence } of actions)
    program
      .command(command)
      .description(description)
      .argument('<id>', 'shipment id')
      .action(async (id: string) => {
        const api = await cli.api();
        if (consequence !== null) await confirm(cli, consequence);
        const updated = await api.request(shipment, { method: 'POST', path: `${at`/v1/shipments/${id}`}/${action}` });
        printResult(cli, updated, () => inShort(cli.terminal, updated));
      });
}
