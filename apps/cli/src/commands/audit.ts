import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';

import type { Api } from '../api/client.ts';
import { printResult, type Cli } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { withNewFile } from '../output/new-file.ts';
import { table, type Column } from '../output/table.ts';
import { minuteOf } from './minute-of.ts';
import { parseInteger, parseTime } from './option-parsers.ts';

const nullable = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

const entry = z.looseObject({
  seq: z.int(),
  at: z.string(),
  actor: z.looseObject({ kind: z.string(), id: nullable, role: z.string() }),
  action: z.string(),
  subject: z.looseObject({ kind: z.string(), id: z.string() }),
  reason: nullable,
  hash: z.string(),
});

type Entry = z.output<typeof entry>;

const page = z.looseObject({
  items: z.array(entry),
  nextBefore: z.int().nullable(),
  nextAfter: z.int().nullable(),
});

const anchor = z.looseObject({ seq: z.int(), hash: z.string() });
type Anchor = z.output<typeof anchor>;

const verification = z.looseObject({
  outcome: z.enum(['intact', 'broken', 'empty']),
  checked: z.int(),
  erased: z.int().nullable(),
  last: anchor.nullable(),
  isComplete: z.boolean(),
  brokenAt: z.int().nullable(),
  how: nullable,
});

type Verification = z.output<typeof verification>;

interface Filter {
  actor?: string;
  action?: string;
  subject?: string;
  since?: string;
  until?: string;
}

/** Who did what: listed, written to a file, and verified. */
export function addAudit(program: Command, cli: Cli): void {
  const audit = program.command('audit').description('who did what; needs a key with the scope audit');
  filtered(audit.command('list').description('list entries, newest first'))
    .option('--limit <count>', 'maximum number of entries', parseInteger(1, 10_000), 50)
    .action((options: Filter & { limit: number }) => list(cli, options));
  filtered(audit.command('export').description('write all entries, oldest first, to a new file of JSON lines'))
    .argument('<file>', 'which only you can read')
    .action((path: string, filter: Filter) => exportTo(cli, path, filter));
  audit
    .command('verify')
    .description('compute the chain of hashes anew, and say which entry is not as it was recorded')
    .option('--anchor <seq:hash>', 'an entry as it was once, from an export or a log line', parseAnchor)
    .action((options: { anchor?: Anchor }) => verify(cli, options.anchor));
}

const filtered = (command: Command): Command =>
  command
    .option('--actor <id>', 'only those of this API key or operator')
    .option('--action <names>', 'only these actions, separated by commas, such as shipment.release_pin')
    .option('--subject <id>', 'only those about this shipment, key, connection and so on')
    .option('--since <time>', 'recorded at this time or after it, such as 2026-03-02T09:00:00Z', parseTime)
    .option('--until <time>', 'recorded before this time', parseTime);

function parseAnchor(text: string): Anchor {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new InvalidArgumentError('It must be the number of an entry, a colon and its hash.');
  return { seq: Number(seq), hash };
}

/** The API's own limit of a page. */
const pageSize = 100;

async function list(cli: Cli, { limit, ...filter }: Filter & { limit: number }): Promise<void> {
  const api = await cli.api();
  const items: Entry[] = [];
  let before: number | null = null;
  do {
    const query = { ...filter, limit: String(Math.min(pageSize, limit - items.length)), ...numberAt('before', before) };
    const found: z.output<typeof page> = await api.request(page, { method: 'GET', path: '/v1/audit', query });
    items.push(...found.items);
    before = found.nextBefore;
  } while (before !== null && items.length < limit);
  printResult(cli, { items, nextBefore: before }, () => draw(cli, items, before !== null));
}

const numberAt = (name: string, value: number | null): Readonly<Record<string, string>> =>
  value === null ? {} : { [name]: String(value) };

function draw({ terminal }: Cli, items: readonly Entry[], hasMore: boolean): string {
  if (items.length === 0) return 'No entries found.';
  const columns: readonly Column<Entry>[] = [
    { title: 'NO', of: ({ seq }) => String(seq) },
    { title: 'AT', of: ({ at }) => minuteOf(at) },
    { title: 'WHO', of: ({ actor }) => actor.id ?? `${actor.kind}, erased` },
    { title: 'ROLE', of: ({ actor }) => actor.role, isExtra: true },
    { title: 'ACTION', of: ({ action }) => action },
    { title: 'SUBJECT', of: ({ subject }) => subject.id },
    { title: 'REASON', of: ({ reason }) => reason ?? '', isExtra: true },
  ];
  const more = hasMore ? `\n${terminal.paint.dim(`More entries exist: use --limit ${items.length * 2}.`)}` : '';
  return `${table(terminal, columns, items)}${more}`;
}

async function exportTo(cli: Cli, path: string, filter: Filter): Promise<void> {
  const api = await cli.api();
  const written = await withNewFile(path, async (file) => {
    let [count, last]: [number, Entry | undefined] = [0, undefined];
    for await (const items of pagesOf(api, filter)) {
      await file.appendFile(items.map((one) => `${JSON.stringify(one)}\n`).join(''));
      count += items.length;
      last = items.at(-1) ?? last;
    }
    return { count, last };
  });
  const kept = written.last === undefined ? null : { seq: written.last.seq, hash: written.last.hash };
  printResult(cli, { file: path, entries: written.count, last: kept }, () =>
    [`${written.count} entries written to ${clean(path)}`, ...(kept === null ? [] : [anchorLine(kept)])].join('\n'),
  );
}

async function* pagesOf(api: Api, filter: Filter): AsyncGenerator<readonly Entry[]> {
  let after: number | null = 0;
  while (after !== null) {
    const query: Record<string, string | undefined> = { ...filter, limit: String(pageSize), after: String(after) };
    const found: z.output<typeof page> = await api.request(page, { method: 'GET', path: '/v1/audit', query });
    yield found.items;
    after = found.items.length < pageSize ? null : found.nextAfter;
  }
}

const anchorLine = ({ seq, hash }: Anchor): string => `Keep outside the database: --anchor ${seq}:${clean(hash)}`;

async function verify(cli: Cli, kept: Anchor | undefined): Promise<void> {
  const api = await cli.api();
  const beside = kept === undefined ? null : await verifyPart(api, kept);
  const result = beside?.outcome === 'broken' ? beside : await verifyAll(api);
  if (result.outcome !== 'intact') cli.setExitCode(exitCodes.refused);
  printResult(cli, result, () => describeResult(cli, result));
}

const verifyPart = (api: Api, after: Anchor | null): Promise<Verification> =>
  api.request(verification, {
    method: 'GET',
    path: '/v1/audit/verification',
    query: after === null ? {} : { after: String(after.seq), hash: after.hash },
  });

/** A part at a time, each from where the one before ended. */
async function verifyAll(api: Api): Promise<Verification> {
  let [checked, erased] = [0, 0];
  for (let after: Anchor | null = null; ;) {
    const part = await verifyPart(api, after);
    checked += part.checked;
    erased += part.erased ?? 0;
    if (part.outcome === 'broken' || part.isComplete || part.last === null) return { ...part, checked, erased };
    after = part.last;
  }
}

const breaks: Readonly<Record<string, string>> = {
  changed: 'it is not as it was recorded, or who acted and why were erased too early',
  removed: 'it is missing, and later entries are there',
  reordered: 'another entry is in its place',
  truncated: 'it and all after it are missing',
  head_changed: 'the record of the last entry does not fit it',
};

function describeResult({ terminal: { paint } }: Cli, result: Verification): string {
  const { outcome, checked, erased, last, brokenAt, how } = result;
  if (outcome === 'empty') return `${paint.yellow('empty')}: no entry is recorded, or all were removed`;
  if (brokenAt !== null)
    return `${paint.red('broken')} at entry ${brokenAt}: ${breaks[how ?? ''] ?? clean(how ?? 'unknown')} (${checked} before it are intact)`;
  const withoutDetails = erased === null || erased === 0 ? '' : `, of ${erased} who acted and why is erased`;
  const lines = [`${paint.green('intact')}: ${checked} entries${withoutDetails}`];
  return [...lines, ...(last === null || last.seq === 0 ? [] : [anchorLine(last)])].join('\n');
}
