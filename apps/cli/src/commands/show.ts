import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { history, shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { inFull } from '../output/shipment-lines.ts';
import { timeline } from '../output/timeline.ts';

/** Shows one shipment and its history. */
export function addShow(program: Command, cli: Cli): void {
  program
    .command('show')
    .description('show a shipment: its state, its problems, the possible actions and its history')
    .argument('<id>', 'shipment id')
    .action(async (id: string) => {
      const api = await cli.api();
      const [found, { items }] = await Promise.all([
        api.request(shipment, { method: 'GET', path: at`/v1/shipments/${id}` }),
        api.request(history, { method: 'GET', path: at`/v1/shipments/${id}/events` }),
      ]);
      printResult(cli, { ...found, events: items }, () =>
        [inFull(cli.terminal, found), '', ...timeline(cli.terminal, items)].join('\n'),
      );
    });
}
