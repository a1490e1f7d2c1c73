import type { Command } from 'commander';
import { z } from 'zod';

import { readPages } from '../api/read-pages.ts';
import { printResult, type Cli } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { table, type Column } from '../output/table.ts';
import { poll } from '../waiting/poll.ts';
import { parseInteger } from './option-parsers.ts';

const comparison = z.object({
  id: z.string(),
  state: z.string(),
  dryRun: z.boolean(),
  pages: z.int(),
  counts: z.record(z.string(), z.int()),
  problem: z.string().nullable(),
  requestedAt: z.string(),
  endedAt: z.string().nullable(),
});

type Comparison = z.output<typeof comparison>;

const person = z.object({
  userId: z.string(),
  hubUserId: z.string().nullable(),
  outcome: z.string(),
  isOff: z.boolean(),
});
const report = comparison.extend({ people: z.array(person) });
const page = z.object({ items: z.array(comparison), nextCursor: z.string().nullable() });

const path = '/v1/hub/comparisons';

/** It waits behind everything else of the hub, at the pace of both orgs' rate limits. */
const waitTimeoutMs = 6 * 3_600_000;

/** Everyone of a link in both orgs: who is not as the spoke requires. */
export function addHubComparisons(hub: Command, cli: Cli): void {
  hub
    .command('compare')
    .description('compare everyone in both orgs, and push those who differ')
    .option('--dry-run', 'report, and push no one')
    .option('--wait', 'until it has ended, and print the report; exit code 1 where it failed')
    .action(async ({ dryRun = false, wait = false }: { dryRun?: boolean; wait?: boolean }) => {
      const api = await cli.api();
      const started = await api.request(comparison, { method: 'POST', path, json: { dryRun } });
      if (!wait)
        return printResult(cli, started, () => `${clean(started.id)} is running. See keycourier hub comparisons.`);
      const ended = await poll(cli, {
        look: async () => (await cli.api()).request(report, { method: 'GET', path: `${path}/${started.id}?limit=1` }),
        hasArrived: ({ endedAt, state }) => endedAt !== null || state === 'held',
        describeLate: (last) => `It still runs: ${last?.pages ?? 0} pages are read`,
        timeoutMs: waitTimeoutMs,
      });
      await show(cli, ended.id);
    });
  hub
    .command('comparisons')
    .description('list comparisons, or show the report of one')
    .argument('[id]', 'of the list')
    .option('--limit <count>', 'maximum number of comparisons', parseInteger(1, 100), 10)
    .action((id: string | undefined, { limit }: { limit: number }) =>
      id === undefined ? list(cli, limit) : show(cli, id),
    );
}

async function list(cli: Cli, limit: number): Promise<void> {
  const api = await cli.api();
  const { items } = await readPages(limit, ({ limit: size, cursor }) => {
    const query = new URLSearchParams({ limit: String(size), ...(cursor === undefined ? {} : { cursor }) });
    return api.request(page, { method: 'GET', path: `${path}?${query.toString()}` });
  });
  printResult(cli, { items }, () => table(cli.terminal, columns, items));
}

const columns: readonly Column<Comparison>[] = [
  { title: 'ID', of: ({ id }) => clean(id) },
  { title: 'REQUESTED', of: ({ requestedAt }) => clean(requestedAt) },
  { title: 'PEOPLE', of: ({ counts }) => String(counts['compared'] ?? 0) },
  { title: 'DUE', of: ({ counts }) => String(counts['due'] ?? 0) },
  {
    title: 'STATE',
    of: ({ state, dryRun, problem }) =>
      clean([state, dryRun ? '(dry run)' : '', problem ?? ''].filter((part) => part !== '').join(' ')),
  },
];

async function show(cli: Cli, id: string): Promise<void> {
  const api = await cli.api();
  const people: z.output<typeof person>[] = [];
  let found: Comparison | null = null;
  for (let after = ''; ;) {
    const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const part = await api.request(report, {
      method: 'GET',
      path: `${path}/${encodeURIComponent(id)}?limit=100${from}`,
    });
    found = part;
    people.push(...part.people);
    if (part.people.length < 100) break;
    after = part.people.at(-1)?.userId ?? '';
  }
  printResult(cli, { ...found, people }, () => draw(cli, found, people));
  if (found.state === 'failed') cli.setExitCode(exitCodes.refused);
}

function draw(
  { terminal: { paint } }: Cli,
  { state, counts, problem }: Comparison,
  people: readonly z.output<typeof person>[],
): string {
  const { compared = 0, due = 0 } = counts;
  const rows = people.map(
    ({ userId, hubUserId, outcome, isOff }) =>
      `${clean(userId)}  ${clean(hubUserId ?? '-')}  ${clean(outcome)}${isOff ? paint.dim(' (switched off)') : ''}`,
  );
  const end = problem === null ? '' : paint.red(`, ${clean(problem)}`);
  return [...rows, `${clean(state)}${end}: ${compared} people, ${people.length} differ, ${due} made due`].join('\n');
}
