import { randomUUID } from 'node:crypto';

import { Argument, type Command } from 'commander';

import { bulkAction, bulkPage, type BulkAction, type ListedBulk } from '../api/bulk-shape.ts';
import { at, type Api } from '../api/client.ts';
import { readPages, type Page } from '../api/read-pages.ts';
import { printResult, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { withNewFile } from '../output/new-file.ts';
import { showProgress } from '../output/progress.ts';
import { pairs, table, type Column } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { poll } from '../waiting/poll.ts';
import { addFilter, filterOf, type FilterOptions } from './list.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger } from './option-parsers.ts';

const actions = ['retry', 'accept-correction', 'cancel', 'resend-pin'] as const;

const help = `
An action begins with a dry run: nothing is done before start, within an hour. It takes 10,000 shipments at most.

Examples:
  keycourier bulk dry-run retry --cause 'profile_problems primaryPhone/missing'
  keycourier bulk start blk_… --reason 'The phones are in Okta now' --wait
  keycourier bulk result blk_… result.csv`;

interface Waiting {
  timeout: number;
}

/** One action on all shipments that a filter selects. */
export function addBulk(program: Command, cli: Cli): void {
  const bulk = program
    .command('bulk')
    .description('act on all shipments that a filter selects')
    .addHelpText('after', help);
  const timeout = ['--timeout <seconds>', 'stop waiting after this time', parseInteger(1, 86_400), 3_600] as const;
  addFilter(
    bulk
      .command('dry-run')
      .alias('check')
      .description('find out what an action would do with each shipment; nothing is done yet'),
  )
    .addArgument(new Argument('<action>', 'what to do').choices(actions))
    .option(...timeout)
    .action((action: string, options: FilterOptions & Waiting) => check(cli, action, options));
  bulk
    .command('start')
    .description('start an action after its dry run')
    .argument('<id>', 'blk_…')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--wait', 'wait until it has ended')
    .option(...timeout)
    .action((id: string, options: StartOptions) => start(cli, id, options));
  addQueries(bulk, cli, timeout);
}

function addQueries(
  bulk: Command,
  cli: Cli,
  timeout: readonly [string, string, (text: string) => number, number],
): void {
  bulk
    .command('list')
    .description('list actions on filters, newest first')
    .option('--limit <count>', 'maximum number of actions', parseInteger(1, 1_000), 50)
    .action(({ limit }: { limit: number }) => list(cli, limit));
  bulk
    .command('show')
    .description('show how far an action is, and why shipments have no part in it')
    .argument('<id>', 'blk_…')
    .action(async (id: string) => report(cli, await read(await cli.api(), id)));
  bulk
    .command('watch')
    .description('wait until the dry run of an action, or the action, has ended')
    .argument('<id>', 'blk_…')
    .option(...timeout)
    .action(async (id: string, options: Waiting) => report(cli, await wait(cli, await cli.api(), { id, ...options })));
  bulk
    .command('stop')
    .description('stop an action: what is done stays done')
    .argument('<id>', 'blk_…')
    .action((id: string) => stop(cli, id));
  bulk
    .command('result')
    .description('write what became of each shipment to a new CSV file, which only you can read')
    .argument('<id>', 'blk_…')
    .argument('<file>', 'the new file')
    .action((id: string, file: string) => writeResult(cli, id, file));
}

const read = (api: Api, id: string): Promise<BulkAction> =>
  api.request(bulkAction, { method: 'GET', path: at`/v1/bulk-actions/${id}` });

async function check(cli: Cli, action: string, { timeout, ...options }: FilterOptions & Waiting): Promise<void> {
  const filter = filterOf(options);
  if (Object.values(filter).every((value) => value === undefined))
    throw new CliError('usage', 'Name at least one filter, such as --status held or --cause');
  const api = await cli.api();
  const json = { action, filter };
  const made = await api.request(bulkAction, {
    method: 'POST',
    path: '/v1/bulk-actions',
    json,
    idempotencyKey: `bulk-${randomUUID()}`,
  });
  cli.terminal.err(`${clean(made.id)} is being checked`);
  report(cli, await wait(cli, api, { id: made.id, timeout }));
}

interface StartOptions extends Waiting {
  reason: string;
  wait?: boolean;
}

async function start(cli: Cli, id: string, { reason, wait: isWaiting, timeout }: StartOptions): Promise<void> {
  const api = await cli.api();
  const found = await read(api, id);
  await confirm(cli, `${clean(found.action)} is applied to ${found.counts['in'] ?? 0} shipments.`);
  const path = at`/v1/bulk-actions/${id}/start`;
  const started = await api.request(bulkAction, { method: 'POST', path, json: { reason } });
  report(cli, isWaiting === true ? await wait(cli, api, { id, timeout }) : started);
}

async function stop(cli: Cli, id: string): Promise<void> {
  const api = await cli.api();
  const stopped = await api.request(bulkAction, { method: 'POST', path: at`/v1/bulk-actions/${id}/stop` });
  printResult(cli, stopped, () => describe(cli.terminal, stopped));
}

const undone = new Set(['checking', 'running']);

/** Until it is checked, or has ended: the next thing is a person's then. */
async function wait(cli: Cli, api: Api, { id, timeout }: { id: string } & Waiting): Promise<BulkAction> {
  const { total } = await read(api, id);
  const progress = showProgress(cli.terminal, { label: '', total, unit: 'shipments' });
  try {
    return await poll(cli, {
      look: () => read(api, id),
      hasArrived: ({ state, counts }) => {
        progress.update(total - ((state === 'checking' ? counts['unchecked'] : counts['in']) ?? 0), state);
        return !undone.has(state);
      },
      describeLate: () => `${id} goes on in the background: keycourier bulk watch ${id}`,
      timeoutMs: timeout * 1_000,
    });
  } finally {
    progress.end();
  }
}

/** Attention is needed where shipments that were in were not done. */
function report(cli: Cli, found: BulkAction): void {
  printResult(cli, found, () => describe(cli.terminal, found));
  const { refused = 0, failed = 0 } = found.counts;
  if (found.state === 'ended' && (found.stopped !== null || refused + failed > 0))
    cli.setExitCode(exitCodes.needsAttention);
}

function describe(terminal: Terminal, found: BulkAction): string {
  const counts = Object.entries(found.counts).filter(([, count]) => count > 0);
  const lines = pairs(terminal, [
    ['id', clean(found.id)],
    ['action', clean(found.action)],
    ['state', clean(found.stopped === null ? found.state : `${found.state}, stopped: ${found.stopped}`)],
    ['filter', clean(JSON.stringify(found.filter))],
    ['shipments', `${found.total}${found.isCutOff ? ': the newest of more' : ''}`],
    ...counts.map(([outcome, count]) => [clean(outcome), String(count)] as const),
  ]);
  const reasons = found.reasons.map(({ outcome, message, count }) => clean(`  ${count} ${outcome}: ${message}`));
  const next =
    found.state === 'checked' && (found.counts['in'] ?? 0) > 0
      ? [terminal.paint.dim(`Nothing is done yet: keycourier bulk start ${clean(found.id)} --reason '…'`)]
      : [];
  return [lines, ...reasons, ...next].join('\n');
}

async function list(cli: Cli, limit: number): Promise<void> {
  const api = await cli.api();
  const page: Page<ListedBulk> = await readPages(limit, (part) =>
    api.request(bulkPage, {
      method: 'GET',
      path: '/v1/bulk-actions',
      query: { limit: String(part.limit), cursor: part.cursor },
    }),
  );
  printResult(cli, page, () => draw(cli.terminal, page));
}

function draw(terminal: Terminal, { items, nextCursor }: Page<ListedBulk>): string {
  if (items.length === 0) return 'No actions found.';
  const columns: readonly Column<ListedBulk>[] = [
    { title: 'MADE', of: ({ createdAt }) => minuteOf(createdAt) },
    { title: 'ID', of: ({ id }) => id },
    { title: 'ACTION', of: ({ action }) => action },
    { title: 'STATE', of: ({ state, stopped }) => (stopped === null ? state : 'stopped') },
    { title: 'BY', of: ({ by }) => by.id, isExtra: true },
    { title: 'SHIPMENTS', of: ({ total }) => String(total) },
  ];
  const more = nextCursor === null ? '' : `\n${terminal.paint.dim('Older ones exist.')}`;
  return `${table(terminal, columns, items)}${more}`;
}

async function writeResult(cli: Cli, id: string, path: string): Promise<void> {
  const api = await cli.api();
  const bytes = await withNewFile(path, async (file) => {
    let written = 0;
    for await (const chunk of api.download(at`/v1/bulk-actions/${id}/result.csv`))
      written += (await file.write(chunk, 0, chunk.length, written)).bytesWritten;
    return written;
  });
  printResult(cli, { id, file: path, bytes }, () => `${clean(path)} has the result of ${clean(id)}.`);
}
