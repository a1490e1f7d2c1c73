import { holdCodes } from '@keycourier/journey/model/holds';
import { triggers } from '@keycourier/journey/model/shipment';
import { statuses } from '@keycourier/journey/model/status';
import { Option, type Command } from 'commander';

import type { Api } from '../api/client.ts';
import { readPages, type Page } from '../api/read-pages.ts';
import { shipmentPage, type Shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { paintStatus } from '../output/status-colour.ts';
import { table, type Column } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger, parseTime } from './option-parsers.ts';

/** What shipments are selected by. */
export interface FilterOptions {
  status?: string[];
  user?: string;
  hold?: string[];
  trigger?: string[];
  batch?: string;
  serial?: string;
  tracking?: string;
  cause?: string;
  since?: string;
  until?: string;
}

interface Options extends FilterOptions {
  limit: number;
  dryRun?: boolean;
}

/** Lists shipments. */
export function addList(program: Command, cli: Cli): void {
  addFilter(program.command('list').description('list shipments, newest first'))
    .option('--limit <count>', 'maximum number of shipments', parseInteger(1, 10_000), 50)
    .option('--dry-run', 'list dry runs, which are kept apart')
    .action(async (options: Options) => {
      const page = await readShipments(await cli.api(), options);
      printResult(cli, page, () => draw(cli.terminal, page));
    });
}

/** The options of a filter; all that are set must hold. */
export const addFilter = (command: Command): Command =>
  command
    .addOption(new Option('--status <status...>', 'only shipments in one of these statuses').choices(statuses))
    .option('--user <login>', 'only shipments of this user: a login or an Okta user id')
    .addOption(new Option('--hold <code...>', 'only shipments held for one of these reasons').choices(holdCodes))
    .addOption(new Option('--trigger <trigger...>', 'only shipments that one of these requested').choices(triggers))
    .option('--batch <id>', 'only shipments of this batch: bat_…')
    .option('--serial <serial>', 'only the shipment of the key with this serial number')
    .option('--tracking <number>', 'only the shipment of the parcel with this tracking number')
    .option('--since <time>', 'requested at this time or after it, such as 2026-03-02T09:00:00Z', parseTime)
    .option('--until <time>', 'requested before this time', parseTime)
    .option('--cause <cause>', 'held for exactly this cause, as list --json shows it (hold.cause)');

/** As the API names it. */
export const filterOf = ({ hold, batch, tracking, ...filter }: FilterOptions) => ({
  ...filter,
  holdCode: hold,
  batchId: batch,
  trackingNumber: tracking,
});

function readShipments(api: Api, { limit, dryRun, ...filter }: Options): Promise<Page<Shipment>> {
  const json = { ...filterOf(filter), dryRun: dryRun === true };
  return readPages(limit, (part) =>
    api.request(shipmentPage, { method: 'POST', path: '/v1/shipments/search', json: { ...json, ...part } }),
  );
}

function draw(terminal: Terminal, { items, nextCursor }: Page<Shipment>): string {
  if (items.length === 0) return 'No shipments found.';
  const { paint } = terminal;
  const columns: readonly Column<Shipment>[] = [
    { title: 'ID', of: ({ id }) => id },
    { title: 'STATUS', of: ({ status }) => status, paint: (text) => paintStatus(paint, text) },
    { title: 'LOGIN', of: ({ user }) => user.login ?? user.id ?? '' },
    { title: 'PURPOSE', of: ({ purpose }) => purpose ?? '', isExtra: true },
    { title: 'TRIGGER', of: ({ trigger }) => trigger ?? '', isExtra: true },
    { title: 'CREATED', of: ({ createdAt }) => minuteOf(createdAt), isExtra: true },
    { title: 'REASON', of: ({ hold, problems }) => hold?.code ?? problems[0]?.code ?? '' },
  ];
  const more = nextCursor === null ? '' : `\n${paint.dim(`More shipments exist: use --limit ${items.length * 2}.`)}`;
  return `${table(terminal, columns, items)}${more}`;
}
