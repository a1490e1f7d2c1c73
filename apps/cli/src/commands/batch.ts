import { Option, type Command } from 'commander';

import type { Api } from '../api/client.ts';
import type { Batch } from '../api/shapes.ts';
import { openBatchFile, type BatchFormat } from '../batch/batch-file.ts';
import { describeBatch } from '../batch/describe-batch.ts';
import { readTroubledRows, writeResult } from '../batch/rows.ts';
import { upload } from '../batch/upload.ts';
import { waitForBatch } from '../batch/wait.ts';
import { answer, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { wholeNumber } from './fields.ts';
import { stages, type Stage } from './statuses.ts';

interface Options {
  format?: BatchFormat;
  dryRun?: boolean;
  wait?: Stage | true;
  timeout: number;
  result?: string;
  idempotencyKey?: string;
}

const examples = `
The rows have login (or userId), and if wanted productId, inventoryProductId, customizationId, purpose, note, and
attributes for this parcel by their Okta names. The same file sent again opens nothing twice and gets the same answer.

Example:
  keycourier batch people.csv --dry-run --wait
  keycourier batch people.csv --wait --result result.csv`;

/** Asks for many keys at once. */
export function addBatch(program: Command, cli: Cli): void {
  program
    .command('batch')
    .description('asks for a key for each row of a CSV or JSON file')
    .argument('<file>', '.csv, or .json: a list of rows')
    .addOption(new Option('--format <format>', 'where the name of the file does not tell').choices(['csv', 'json']))
    .option('--dry-run', 'check every row, order nothing')
    .addOption(
      new Option(
        '--wait [stage]',
        'until every row is so far, or a person must act: ordered (a rehearsal: checked)',
      ).choices(stages),
    )
    .option('--timeout <seconds>', 'wait no longer', wholeNumber(1, 30 * 86_400), 86_400)
    .option('--result <file>', 'write what became of each row as CSV')
    .option('--idempotency-key <key>', 'for the same rows a second time, on purpose')
    .addHelpText('after', examples)
    .action((file: string, options: Options) => run(cli, file, options));
}

async function run(cli: Cli, path: string, options: Options): Promise<void> {
  const file = await openBatchFile(path, options.format);
  if (file.sizeBytes === 0) throw new CliError('usage', `${path} is empty`);
  const api = await cli.api();
  const dryRun = options.dryRun === true;
  const taken = await upload(cli.terminal, api, file, { dryRun, idempotencyKey: options.idempotencyKey });
  // Told before anything else can go wrong: the batch is there from now on.
  if (options.wait !== undefined || options.result !== undefined) cli.terminal.err(`${clean(taken.id)} is taken`);
  const settled = options.wait === undefined ? taken : await derive(cli, api, taken, options);
  const troubled = options.wait === undefined ? null : await readTroubledRows(api, settled.id);
  if (options.result !== undefined) await writeResult(api, taken.id, options.result);
  answer(cli, troubled === null ? settled : { ...settled, troubledRows: troubled }, () =>
    describeBatch(cli.terminal, settled, { dryRun, troubled, resultFile: options.result }),
  );
  if (settled.rejectedTotal > 0 || (troubled !== null && troubled.length > 0)) cli.end(exitCodes.rowsRejected);
}

async function derive(cli: Cli, api: Api, taken: Batch, { wait, dryRun, timeout }: Options): Promise<Batch> {
  const stage = typeof wait === 'string' ? wait : dryRun === true ? 'checked' : 'ordered';
  return waitForBatch(cli, api, taken, { stage, timeoutMs: timeout * 1_000 });
}
