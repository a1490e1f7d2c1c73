import { statuses } from '@keycourier/journey/model/status';
import { Option, type Command } from 'commander';

import type { Api } from '../api/client.ts';
import { shipmentPage, type Shipment } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { paintStatus } from '../output/status-colour.ts';
import { table, type Column } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger } from './option-parsers.ts';

interface Options {
  status?: string;
  user?: string;
  limit: number;
  dryRun?: boolean;
}

const maxPageSize = 100;

/** Lists shipments. */
export function addList(program: Command, cli: Cli): void {
  program
    .command('list')
    .description('list shipments, newest first')
    .addOption(new Option('--status <status>', 'only shipments in this status').choices(statuses))
    .option('--user <login>', 'only shipments of this user: a login or an Okta user id')
    .option('--limit <count>', 'maximum number of shipments', parseInteger(1, 10_000), 50)
    .option('--dry-run', 'list dry runs, which are kept apart')
    .action(async (options: Options) => {
      const page = await readPages(await cli.api(), options);
      printResult(cli, page, () => draw(cli.terminal, page));
    });
}

type Page = { items: Shipment[]; nextCursor: string | null };

async function readPages(api: Api, { status, user, limit, dryRun }: Options): Promise<Page> {
  const items: Shipment[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await api.request(shipmentPage, {
      method: 'POST',
      path: '/v1/shipments/search',
      json: {
        status,
        user,
        limit: Math.min(maxPageSize, limit - items.length),
        cursor: cursor ?? undefined,
        dryRun: dryRun === true,
      },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, nextCursor: cursor };
}

function draw(terminal: Terminal, { items, nextCursor }: Page): string {
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
