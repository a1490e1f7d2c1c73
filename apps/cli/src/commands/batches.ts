import { Option, type Command } from 'commander';

import { at } from '../api/client.ts';
import { batch, batchPage, type ListedBatch } from '../api/shapes.ts';
import { describeBatch } from '../batch/describe-batch.ts';
import { readRowsNeedingAttention } from '../batch/rows.ts';
import { waitForBatch } from '../batch/wait.ts';
import { printResult, type Cli } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';
import { confirm } from '../output/confirm.ts';
import { table, type Column } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger } from './option-parsers.ts';
import { stages, type Stage } from './statuses.ts';

interface ListOptions {
  dryRun?: boolean;
  limit: number;
}

interface WatchOptions {
  stage: Stage;
  timeout: number;
}

/**
 * What became of batches that were sent before: subcommands of `batch`. Commander gives the options that both have to
 * `batch` itself.
 */
export function addBatchQueries(command: Command, cli: Cli): void {
  command
    .command('list')
    .description('list batches, newest first')
    .option('--dry-run', 'only dry runs')
    .option('--limit <count>', 'maximum number of batches', parseInteger(1, 100), 50)
    .action((_, own: Command) => list(cli, own.optsWithGlobals()));
  command
    .command('show')
    .description('show a batch, and its rows that need attention')
    .argument('<id>', 'bat_…')
    .action((id: string) => show(cli, id));
  command
    .command('order')
    .description('order the rows of a dry run, without its file; once, within a day')
    .argument('<id>', 'bat_… of the dry run')
    .option('--held', 'those that are held, too')
    .action((id: string, options: { held?: boolean }) => order(cli, id, options.held === true));
  command
    .command('watch')
    .description('wait until every row of a batch reaches a stage or needs attention')
    .argument('<id>', 'bat_…')
    .addOption(new Option('--stage <stage>', 'what to wait for').choices(stages).default('ordered'))
    .option('--timeout <seconds>', 'stop waiting after this time', parseInteger(1, 30 * 86_400), 86_400)
    .action((id: string, _, own: Command) => watch(cli, id, own.optsWithGlobals()));
}

async function list(cli: Cli, { dryRun, limit }: ListOptions): Promise<void> {
  const api = await cli.api();
  const query = { limit: String(limit), dryRun: dryRun === true ? 'true' : undefined };
  const page = await api.request(batchPage, { method: 'GET', path: '/v1/batches', query });
  printResult(cli, page, () => draw(cli.terminal, page));
}

function draw(terminal: Terminal, { items, nextCursor }: { items: readonly ListedBatch[]; nextCursor: string | null }) {
  if (items.length === 0) return 'No batches found.';
  const columns: readonly Column<ListedBatch>[] = [
    { title: 'SENT', of: ({ createdAt }) => (createdAt === null ? '' : minuteOf(createdAt)) },
    { title: 'ID', of: ({ id }) => id },
    { title: 'ROWS', of: ({ total }) => String(total) },
    { title: 'ACCEPTED', of: ({ accepted }) => String(accepted) },
    {
      title: 'REJECTED',
      of: ({ rejectedTotal }) => String(rejectedTotal),
      paint: (text, { rejectedTotal }) => (rejectedTotal === 0 ? text : terminal.paint.red(text)),
    },
    { title: 'KIND', of: ({ dryRun }) => (dryRun ? 'dry run' : 'order') },
  ];
  const more = nextCursor === null ? '' : `\n${terminal.paint.dim('Older batches exist.')}`;
  return `${table(terminal, columns, items)}${more}`;
}

async function show(cli: Cli, id: string): Promise<void> {
  const api = await cli.api();
  const found = await api.request(batch, { method: 'GET', path: at`/v1/batches/${id}` });
  const attention = await readRowsNeedingAttention(api, id);
  printResult(cli, { ...found, troubledRows: attention }, () =>
    describeBatch(cli.terminal, found, { dryRun: found.dryRun, attention, resultFile: undefined }),
  );
  if (attention.length > 0) cli.setExitCode(exitCodes.needsAttention);
}

async function order(cli: Cli, id: string, withHeld: boolean): Promise<void> {
  const api = await cli.api();
  await confirm(cli, 'A key is ordered for each of its rows.');
  const ordered = await api.request(batch, {
    method: 'POST',
    path: at`/v1/batches/${id}/order`,
    json: { rows: withHeld ? 'all' : 'ready' },
  });
  printResult(cli, ordered, () =>
    describeBatch(cli.terminal, ordered, { dryRun: false, attention: null, resultFile: undefined }),
  );
  if (ordered.rejectedTotal > 0) cli.setExitCode(exitCodes.needsAttention);
}

async function watch(cli: Cli, id: string, { stage, timeout }: WatchOptions): Promise<void> {
  const api = await cli.api();
  const found = await api.request(batch, { method: 'GET', path: at`/v1/batches/${id}` });
  await waitForBatch(cli, api, { batch: found, stage, timeoutMs: timeout * 1_000 });
  await show(cli, id);
}
