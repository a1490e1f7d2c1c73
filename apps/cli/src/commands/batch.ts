import { Option, type Command } from 'commander';

import type { Api } from '../api/client.ts';
import type { Batch } from '../api/shapes.ts';
import { inspectBatchFile, withPipedFile, type BatchFile, type BatchFormat } from '../batch/batch-file.ts';
import { describeBatch } from '../batch/describe-batch.ts';
import { readRowsNeedingAttention, writeResult, type ResultFile } from '../batch/rows.ts';
import { upload } from '../batch/upload.ts';
import { waitForBatch } from '../batch/wait.ts';
import { printResult, type Cli } from '../cli.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { withNewFile } from '../output/new-file.ts';
import { poll } from '../waiting/poll.ts';
import { addBatchQueries } from './batches.ts';
import { parseInteger } from './option-parsers.ts';
import { stages, type Stage } from './statuses.ts';

interface Options {
  format?: BatchFormat;
  dryRun?: boolean;
  wait?: Stage | true;
  timeout: number;
  result?: string;
  idempotencyKey?: string;
}

const help = `
Each row has login (or userId), and optionally productId, inventoryProductId, customizationId, purpose, note, and
profile attributes for this parcel by their Okta names. The same file sent again creates nothing and gets the same
answer.

Examples:
  keycourier batch people.csv --dry-run --wait
  keycourier batch people.csv --wait --result result.csv
  query-hr | keycourier batch - --wait
  keycourier batch list`;

/** Requests many keys at once. */
export function addBatch(program: Command, cli: Cli): void {
  const command = program.command('batch');
  addBatchQueries(command, cli);
  command
    .description('request a key for each row of a CSV or JSON file, or look at batches')
    .argument('<file>', '.csv, or .json: a list of rows; - reads standard input')
    .addOption(new Option('--format <format>', 'if the file name does not show it').choices(['csv', 'json']))
    .option('--dry-run', 'check every row, order nothing')
    .addOption(
      new Option(
        '--wait [stage]',
        'wait until every row reaches STAGE or needs attention (default: ordered; dry run: checked)',
      ).choices(stages),
    )
    .option('--timeout <seconds>', 'stop waiting after this time', parseInteger(1, 30 * 86_400), 86_400)
    .option('--result <file>', 'write the result of each row to a new CSV file, which only you can read')
    .option('--idempotency-key <key>', 'to request the same rows a second time')
    .addHelpText('after', help)
    .action((path: string, options: Options) => run(cli, path, options));
}

async function run(cli: Cli, path: string, options: Options): Promise<void> {
  if (path === '-') return withPipedFile(cli.terminal.input, options.format, (file) => requestFile(cli, file, options));
  return requestFile(cli, await inspectBatchFile(path, options.format), options);
}

async function requestFile(cli: Cli, file: BatchFile, options: Options): Promise<void> {
  if (file.sizeBytes === 0) throw new CliError('usage', 'There are no rows: the file is empty');
  const api = await cli.api();
  if (options.result === undefined) return request(cli, api, { file, options, result: null });
  const resultPath = options.result;
  await withNewFile(resultPath, (opened) =>
    request(cli, api, { file, options, result: { file: opened, path: resultPath } }),
  );
}

interface BatchRequest {
  file: BatchFile;
  options: Options;
  result: ResultFile | null;
}

async function request(cli: Cli, api: Api, { file, options, result }: BatchRequest): Promise<void> {
  const dryRun = options.dryRun === true;
  const accepted = await upload(cli.terminal, api, { file, dryRun, idempotencyKey: options.idempotencyKey });
  // Printed before anything else can fail: the batch exists from now on.
  if (options.wait !== undefined || result !== null) cli.terminal.err(`batch ${clean(accepted.id)} accepted`);
  const batch = options.wait === undefined ? accepted : await wait(cli, api, { batch: accepted, options });
  const attention = await readThroughOutage(cli, async () => {
    if (result !== null) await writeResult(api, batch.id, result);
    return options.wait === undefined ? null : readRowsNeedingAttention(api, batch.id);
  });
  printResult(cli, attention === null ? batch : { ...batch, troubledRows: attention }, () =>
    describeBatch(cli.terminal, batch, { dryRun, attention, resultFile: options.result }),
  );
  if (batch.rejectedTotal > 0 || (attention !== null && attention.length > 0))
    cli.setExitCode(exitCodes.needsAttention);
}

/** Reads the end of a batch that was waited for, perhaps for hours: a restart of the API must not lose it. */
const readThroughOutage = async <Result>(cli: Cli, read: () => Promise<Result>): Promise<Result> => {
  const { value } = await poll(cli, {
    look: async () => ({ value: await read() }),
    hasArrived: () => true,
    describeLate: () => 'The API does not answer; send the same file again to see its batch',
    timeoutMs: readTimeoutMs,
  });
  return value;
};

const readTimeoutMs = 3_600_000;

async function wait(cli: Cli, api: Api, { batch, options }: { batch: Batch; options: Options }): Promise<Batch> {
  const defaultStage = options.dryRun === true ? 'checked' : 'ordered';
  const stage = typeof options.wait === 'string' ? options.wait : defaultStage;
  return waitForBatch(cli, api, { batch, stage, timeoutMs: options.timeout * 1_000 });
}
