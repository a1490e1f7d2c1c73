import { Option, type Command } from 'commander';

import type { Api } from '../api/client.ts';
import { shipmentPage, type Shipment } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { paintStatus } from '../output/status-colour.ts';
import { table, type Column } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { wholeNumber } from './fields.ts';
import { statuses } from './statuses.ts';

interface Options {
  status?: string;
  user?: string;
  limit: number;
  dryRun?: boolean;
}

const mostOnAPage = 100;

/** Shipments, newest first. */
export function addList(program: Command, cli: Cli): void {
  program
    .command('list')
    .description('shipments, newest first')
    .addOption(new Option('--status <status>', 'only those').choices(statuses))
    .option('--user <login>', 'only of this person: a login or an Okta user id')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 10_000), 50)
    .option('--dry-run', 'rehearsals, which are kept apart')
    .action(async (options: Options) => {
      const page = await readPages(await cli.api(), options);
      answer(cli, page, () => draw(cli.terminal, page));
    });
}

type Page = { items: Shipment[]; nextCursor: string | null };

async function readPages(api: Api, { status, user, limit, dryRun }: Options): Promise<Page> {
  const items: Shipment[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await api.ask(shipmentPage, {
      method: 'GET',
      path: '/v1/shipments',
      query: {
        status,
        user,
        limit: String(Math.min(mostOnAPage, limit - items.length)),
        cursor: cursor ?? undefined,
        dryRun: dryRun === true ? 'true' : undefined,
      },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, nextCursor: cursor };
}

function draw(terminal: Terminal, { items, nextCursor }: Page): string {
  if (items.length === 0) return 'There are no such shipments.';
  const { paint } = terminal;
  const columns: readonly Column<Shipment>[] = [
    { title: 'ID', of: ({ id }) => id },
    { title: 'STATUS', of: ({ status }) => status, paint: (text) => paintStatus(paint, text) },
    { title: 'LOGIN', of: ({ user }) => user.login ?? user.id ?? '' },
    { title: 'PURPOSE', of: ({ purpose }) => purpose ?? '', isExtra: true },
    { title: 'TRIGGER', of: ({ trigger }) => trigger ?? '', isExtra: true },
    { title: 'CREATED', of: ({ createdAt }) => minuteOf(createdAt), isExtra: true },
    { title: 'NEEDS', of: ({ hold, problems }) => hold?.code ?? problems[0]?.code ?? '' },
  ];
  const more = nextCursor === null ? '' : `\n${paint.dim(`There are more; --limit ${items.length * 2} shows them.`)}`;
  return `${table(terminal, columns, items)}${more}`;
}

const minuteOf = (time: string | null): string => time?.slice(0, 16).replace('T', ' ') ?? '';
