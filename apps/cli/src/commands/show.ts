import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { history, shipment } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { inFull } from '../output/shipment-lines.ts';
import { timeline } from '../output/timeline.ts';

/** One shipment, with its whole history. */
export function addShow(program: Command, cli: Cli): void {
  program
    .command('show')
    .description('one shipment: what is known, what it waits for, what may be done, and its history')
    .argument('<id>', 'the shipment')
    .action(async (id: string) => {
      const api = await cli.api();
      const [found, { items }] = await Promise.all([
        api.ask(shipment, { method: 'GET', path: at`/v1/shipments/${id}` }),
        api.ask(history, { method: 'GET', path: at`/v1/shipments/${id}/events` }),
      ]);
      answer(cli, { ...found, events: items }, () =>
        [inFull(cli.terminal, found), '', ...timeline(cli.terminal, items)].join('\n'),
      );
    });
}
