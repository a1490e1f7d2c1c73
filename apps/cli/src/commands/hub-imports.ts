import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';

import { at } from '../api/client.ts';
import { readPages } from '../api/read-pages.ts';
import { printResult, type Cli } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { pairs, table } from '../output/table.ts';
import { poll } from '../waiting/poll.ts';
import { onOrOff } from './hub-settings.ts';
import { parseInteger } from './option-parsers.ts';

const sourcing = z.object({
  enabled: z.boolean(),
  create: z.boolean(),
  deactivate: z.boolean(),
  reactivate: z.boolean(),
  maxShare: z.number(),
  everySeconds: z.int().nullable(),
});

type Sourcing = z.output<typeof sourcing>;

const run = z.object({
  id: z.string(),
  state: z.string(),
  dryRun: z.boolean(),
  people: z.int(),
  linked: z.int().nullable(),
  changed: z.int().nullable(),
  share: z.number().nullable(),
  actions: z.array(z.object({ action: z.string(), people: z.int(), written: z.int(), refused: z.int() })),
  problem: z.string().nullable(),
  requestedBy: z.string(),
  requestedAt: z.string(),
});

type Run = z.output<typeof run>;

const runs = z.object({ items: z.array(run), nextCursor: z.string().nullable() });

const person = z.object({
  hubUserId: z.string(),
  userId: z.string().nullable(),
  action: z.string(),
  fields: z.array(z.string()),
  problem: z.string().nullable(),
});

type Person = z.output<typeof person>;

const sourcingHelp = `
The hub is the source of your people then: they are imported into your org, and nothing is pushed to the hub. Look first what
an import would change: keycourier hub import --dry-run --wait.`;

const importHelp = `
A worker makes it. An import that would change more of the linked people than --max-share of keycourier hub sourcing permits is
held: look at it with keycourier hub import show, then release or reject it.`;

interface ImportOptions {
  dryRun?: boolean;
  full?: boolean;
  wait?: boolean;
}

/** People whose source is the hub. */
export function addHubImports(hub: Command, cli: Cli): void {
  addSourcing(hub, cli);
  const imports = hub.command('import').description('import people from the hub, or say what an import would change');
  imports
    .command('run', { isDefault: true })
    .description('ask for an import')
    .option('--dry-run', 'say what it would change, and write nothing')
    .option('--full', 'read everyone, and not only those who changed')
    .option('--wait', 'until it has ended, or is held')
    .addHelpText('after', importHelp)
    .action((options: ImportOptions) => request(cli, options));
  imports
    .command('show')
    .description('show an import, and whom it changes in what')
    .argument('<id>', 'of hub imports')
    .action((id: string) => show(cli, id));
  for (const [verb, description] of [
    ['release', 'let an import that is held write what it found'],
    ['reject', 'end an import that is held; nothing is written'],
  ] as const)
    imports
      .command(verb)
      .description(description)
      .argument('<id>', 'of hub imports')
      .action((id: string) => decide(cli, verb, id));
  hub
    .command('imports')
    .description('list imports from the hub, the newest first')
    .option('--limit <count>', 'maximum number of imports', parseInteger(1, 100), 20)
    .action(({ limit }: { limit: number }) => list(cli, limit));
}

function share(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d)?)\s*%?$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) > 100) throw new InvalidArgumentError('a percentage, such as 20%');
  return Number(percent) / 100;
}

function everySeconds(text: string): number | null {
  if (text === 'never') return null;
  const minutes = /^(\d{1,5})m?$/.exec(text)?.[1];
  if (minutes === undefined) throw new InvalidArgumentError('minutes, such as 60, or never');
  return Number(minutes) * 60;
}

function addSourcing(hub: Command, cli: Cli): void {
  hub
    .command('sourcing')
    .description('show or change whether the hub is the source of your people')
    .option('--enabled <on|off>', 'import people from the hub, and push none there', onOrOff)
    .option('--create <on|off>', 'create those whom your org does not have', onOrOff)
    .option('--deactivate <on|off>', 'deactivate whom the hub deactivated or deleted', onOrOff)
    .option('--reactivate <on|off>', 'activate those again who come back', onOrOff)
    .option('--max-share <percent>', 'of the linked people, how many one import may change without you', share)
    .option('--every <minutes>', 'minutes between imports, or never', everySeconds)
    .addHelpText('after', sourcingHelp)
    .action(async ({ every, ...parts }: Partial<Sourcing> & { every?: number | null }) => {
      const changes = { ...parts, ...(every === undefined ? {} : { everySeconds: every }) };
      const api = await cli.api();
      const path = '/v1/hub/settings';
      const isChange = Object.keys(changes).length > 0;
      const { sourcing: settings } = await api.request(
        z.object({ sourcing }),
        isChange ? { method: 'PATCH', path, json: { sourcing: changes } } : { method: 'GET', path },
      );
      printResult(cli, settings, () => drawSourcing(cli, settings));
    });
}

const drawSourcing = (cli: Cli, { enabled, maxShare, everySeconds: seconds, ...rest }: Sourcing): string =>
  pairs(cli.terminal, [
    ['sourcing', enabled ? 'on: the hub is the source of your people' : 'off'],
    ...(['create', 'deactivate', 'reactivate'] as const).map((name): [string, string] => [
      name,
      rest[name] ? 'on' : 'off',
    ]),
    ['held above', `${Math.round(maxShare * 1_000) / 10} % of the linked people`],
    ['imports', seconds === null ? 'on demand alone' : `every ${Math.round(seconds / 60)} minutes`],
  ]);

/** Thousands of people are read at the pace of two rate limits. */
const importTimeoutMs = 3_600_000;

const isOver = ({ state }: Run): boolean => ['held', 'ended', 'rejected', 'failed'].includes(state);

async function request(cli: Cli, { dryRun = false, full = false, wait = false }: ImportOptions): Promise<void> {
  const api = await cli.api();
  const json = { dryRun, full };
  const requested = await api.request(run, { method: 'POST', path: '/v1/hub/imports', json });
  if (!wait) return printResult(cli, requested, () => draw(cli, requested));
  const ended = await poll(cli, {
    look: () => api.request(run, { method: 'GET', path: at`/v1/hub/imports/${requested.id}` }),
    hasArrived: isOver,
    describeLate: () => `The import ${requested.id} has not ended: is a worker running?`,
    timeoutMs: importTimeoutMs,
  });
  await print(cli, ended);
  if (ended.state !== 'ended') cli.setExitCode(exitCodes.refused);
}

async function show(cli: Cli, id: string): Promise<void> {
  const api = await cli.api();
  await print(cli, await api.request(run, { method: 'GET', path: at`/v1/hub/imports/${id}` }));
}

async function print(cli: Cli, found: Run): Promise<void> {
  const people = await readPeople(cli, found.id);
  printResult(cli, { ...found, items: people }, () =>
    [draw(cli, found), ...people.map((one) => drawPerson(cli, one))].join('\n'),
  );
}

async function readPeople(cli: Cli, id: string): Promise<readonly Person[]> {
  const api = await cli.api();
  const items: Person[] = [];
  for (let after: string | undefined; ;) {
    const query = { limit: '100', ...(after === undefined ? {} : { after }) };
    const path = `${at`/v1/hub/imports/${id}`}/people`;
    const page = await api.request(z.object({ items: z.array(person) }), { method: 'GET', path, query });
    items.push(...page.items);
    if (page.items.length < 100) return items;
    after = page.items.at(-1)?.hubUserId;
  }
}

async function decide(cli: Cli, verb: 'release' | 'reject', id: string): Promise<void> {
  const api = await cli.api();
  if (verb === 'release') await confirm(cli, 'It changes all that keycourier hub import show lists.');
  const path = `${at`/v1/hub/imports/${id}`}/${verb}`;
  const decided = await api.request(run, { method: 'POST', path });
  printResult(cli, decided, () => draw(cli, decided));
}

async function list(cli: Cli, limit: number): Promise<void> {
  const api = await cli.api();
  const items = await readPages(limit, (part) =>
    api.request(runs, {
      method: 'GET',
      path: '/v1/hub/imports',
      query: { limit: String(part.limit), ...(part.cursor === undefined ? {} : { cursor: part.cursor }) },
    }),
  );
  printResult(cli, items, () =>
    table(
      cli.terminal,
      [
        { title: 'ID', of: ({ id }) => id },
        { title: 'STATE', of: (one) => clean(stateOf(one)) },
        { title: 'REQUESTED', of: ({ requestedAt }) => requestedAt },
        { title: 'PEOPLE', of: ({ people }) => String(people) },
        { title: 'ACTIONS', of: (one) => clean(changesOf(one)) },
      ],
      items.items,
    ),
  );
}

const stateOf = ({ state, dryRun }: Run): string => (dryRun ? `${state} (dry run)` : state);

const changesOf = ({ actions }: Run): string =>
  actions.map(({ action, people }) => `${action} ${people}`).join(', ') || 'none';

const line = (title: string, value: string | null): [string, string][] => (value === null ? [] : [[title, value]]);

function draw(cli: Cli, found: Run): string {
  const { linked, changed, share: heldShare, problem } = found;
  return pairs(cli.terminal, [
    ['import', clean(found.id)],
    ['state', clean(stateOf(found))],
    ...line('problem', problem === null ? null : clean(problem)),
    ['read', `${found.people} users of the hub`],
    ...line('changes', linked === null ? null : `${changed ?? 0} of ${linked} linked people`),
    ...line('share', heldShare === null ? null : `${Math.round(heldShare * 100)} %`),
    ['actions', clean(changesOf(found))],
  ]);
}

function drawPerson({ terminal: { paint } }: Cli, { hubUserId, userId, action, fields, problem }: Person): string {
  const why = problem === null ? '' : `  ${paint.red(clean(problem))}`;
  return `${clean(hubUserId)}  ${clean(userId ?? '-')}  ${clean(action)}  ${clean(fields.join(', '))}${why}`.trimEnd();
}
