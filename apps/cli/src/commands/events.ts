import { Option, type Command } from 'commander';

import type { Api } from '../api/client.ts';
import { readPages, type Page } from '../api/read-pages.ts';
import { eventPage, type OktaEvent } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { table, type Column } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger, parseTime } from './option-parsers.ts';

interface Options {
  user?: string;
  uuid?: string;
  outcome?: string;
  since?: string;
  until?: string;
  limit: number;
}

const outcomes = ['received', 'accepted', 'ignored', 'set_aside', 'duplicate'] as const;

/** Lists what Okta's events asked for, and what became of each. */
export function addEvents(program: Command, cli: Cli): void {
  program
    .command('events')
    .description('list what Okta sent, newest first, with what became of it and why')
    .option('--user <login>', 'only events that name this user: a login or an Okta user id')
    .option('--uuid <uuid>', 'only the event with this uuid of Okta')
    .addOption(new Option('--outcome <outcome>', 'only events with this outcome').choices(outcomes))
    .option('--since <time>', 'received at this time or after it, such as 2026-03-02T09:00:00Z', parseTime)
    .option('--until <time>', 'received before this time', parseTime)
    .option('--limit <count>', 'maximum number of events', parseInteger(1, 10_000), 50)
    .addHelpText('after', '\nExample, why a user has no key:\n  keycourier events --user ada@example.com')
    .action(async (options: Options) => {
      const page = await readEvents(await cli.api(), options);
      printResult(cli, page, () => draw(cli.terminal, page));
    });
}

function readEvents(api: Api, { limit, ...filter }: Options): Promise<Page<OktaEvent>> {
  // A login in a URL would end up in the logs of every proxy on the way.
  return readPages(limit, (part) =>
    api.request(eventPage, { method: 'POST', path: '/v1/events/search', json: { ...filter, ...part } }),
  );
}

function draw(terminal: Terminal, { items, nextCursor }: Page<OktaEvent>): string {
  if (items.length === 0) return 'No events found.';
  const { paint } = terminal;
  const columns: readonly Column<OktaEvent>[] = [
    { title: 'RECEIVED', of: ({ receivedAt }) => minuteOf(receivedAt) },
    { title: 'TYPE', of: ({ eventType }) => eventType, isExtra: true },
    { title: 'UUID', of: ({ uuid, key }) => (key > 1 ? `${uuid} (key ${key})` : uuid) },
    { title: 'AGAIN', of: ({ redeliveries }) => (redeliveries === 0 ? '' : `${redeliveries} x`), isExtra: true },
    {
      title: 'OUTCOME',
      of: ({ outcome }) => outcome,
      paint: (text, { outcome }) => paintOutcome(terminal, outcome, text),
    },
    { title: 'REASON', of: ({ reason, shipmentId }) => [reason, shipmentId].filter(Boolean).join(' ') },
  ];
  const more = nextCursor === null ? '' : `\n${paint.dim(`More events exist: use --limit ${items.length * 2}.`)}`;
  return `${table(terminal, columns, items)}${more}`;
}

function paintOutcome({ paint }: Terminal, outcome: string, text: string): string {
  if (outcome === 'set_aside') return paint.yellow(text);
  return outcome === 'accepted' ? paint.green(text) : text;
}
