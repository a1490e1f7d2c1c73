import { Option, type Command } from 'commander';
import { z } from 'zod';

import { at } from '../api/client.ts';
import { nothing } from '../api/directory-shapes.ts';
import { readPages } from '../api/read-pages.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { confirm } from '../output/confirm.ts';
import { table } from '../output/table.ts';
import { parseInteger } from './option-parsers.ts';

const pushed = z.object({
  id: z.string(),
  groupId: z.string(),
  name: z.string().nullable(),
  target: z.string(),
  hubGroupId: z.string().nullable(),
  status: z.string(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  pushedAt: z.string().nullable(),
  members: z.int().nullable(),
  due: z.int(),
  waiting: z.int(),
  refused: z.array(z.object({ code: z.string(), message: z.string(), people: z.int() })),
});

type Pushed = z.output<typeof pushed>;

const noMapping = 'No group is pushed under this id: keycourier hub groups lists those that are.';

const pushedPage = z.object({ items: z.array(pushed), nextCursor: z.string().nullable() });

const addHelp = `
Makes a group of the same name in the hub, which is best. With --link-id or --link-name it takes one that the hub has, whose name
stays. A group that only has the same name is never taken over.`;

/** The groups of a tenant that are pushed to its hub. */
export function addHubGroups(hub: Command, cli: Cli): void {
  const groups = hub.command('groups').description('push groups and their members to the hub');
  groups
    .command('list', { isDefault: true })
    .description('list the groups that are pushed, with what keeps them from the hub')
    .option('--limit <count>', 'maximum number of groups', parseInteger(1, 10_000), 100)
    .action(({ limit }: { limit: number }) => list(cli, limit));
  groups
    .command('add')
    .description('push a group of the spoke')
    .argument('<group id>', 'the group in the spoke')
    .addOption(new Option('--link-id <id>', 'take this group of the hub').conflicts('linkName'))
    .option('--link-name <name>', 'take the group of the hub with this name')
    .addHelpText('after', addHelp)
    .action((groupId: string, options: { linkId?: string; linkName?: string }) => add(cli, groupId, options));
  for (const [verb, description] of [
    ['push', 'compare a group with the hub now, and write what differs; ends a pause'],
    ['pause', 'write nothing of a group until it is pushed again'],
  ] as const)
    groups
      .command(verb)
      .description(description)
      .argument('<id>', 'of groups list')
      .action((id: string) => act(cli, id, verb));
  groups
    .command('unlink')
    .description('end the push of a group; its group in the hub stays')
    .argument('<id>', 'of groups list')
    .option('--delete-target', 'delete its group in the hub')
    .action((id: string, options: { deleteTarget?: true }) => unlink(cli, id, options.deleteTarget === true));
}

async function list(cli: Cli, limit: number): Promise<void> {
  const api = await cli.api();
  const listed = await readPages(limit, (part) =>
    api.request(pushedPage, {
      method: 'GET',
      path: '/v1/hub/groups',
      query: { limit: String(part.limit), ...(part.cursor === undefined ? {} : { cursor: part.cursor }) },
    }),
  );
  printResult(cli, listed, () => (listed.items.length === 0 ? 'No group is pushed.' : draw(cli, listed.items)));
}

async function add(
  cli: Cli,
  groupId: string,
  { linkId, linkName }: { linkId?: string; linkName?: string },
): Promise<void> {
  const api = await cli.api();
  const target = linkId !== undefined ? { id: linkId } : linkName === undefined ? undefined : { name: linkName };
  const json = { groupId, ...(target === undefined ? {} : { target }) };
  show(cli, await api.request(pushed, { method: 'POST', path: '/v1/hub/groups', json }));
}

async function act(cli: Cli, id: string, verb: 'push' | 'pause'): Promise<void> {
  const api = await cli.api();
  const path = `${at`/v1/hub/groups/${id}`}/${verb}`;
  show(cli, await api.request(pushed, { method: 'POST', path, notFound: noMapping }));
}

async function unlink(cli: Cli, id: string, deletesTarget: boolean): Promise<void> {
  if (deletesTarget) await confirm(cli, 'The group is deleted in the hub, with what it gives access to there.');
  const api = await cli.api();
  const query = deletesTarget ? { query: { deleteTarget: 'true' } } : {};
  await api.request(nothing, { method: 'DELETE', path: at`/v1/hub/groups/${id}`, notFound: noMapping, ...query });
  const ended = deletesTarget
    ? 'A worker deletes the group in the hub; then it is not listed any more.'
    : 'Not pushed any more.';
  printResult(cli, { unlinked: id, deletesTarget }, () => ended);
}

const show = (cli: Cli, group: Pushed): void => printResult(cli, group, () => draw(cli, [group]));

function draw({ terminal }: Cli, items: readonly Pushed[]): string {
  const { paint } = terminal;
  const lines = table(
    terminal,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'GROUP', of: ({ name, groupId }) => clean(name ?? groupId) },
      {
        title: 'STATUS',
        of: ({ status }) => status,
        paint: (text, { status }) => (status === 'problem' ? paint.red(text) : text),
      },
      { title: 'MEMBERS', of: ({ members }) => String(members ?? '') },
      { title: 'DUE', of: ({ due }) => String(due) },
      { title: 'WAITING', of: ({ waiting }) => String(waiting) },
      { title: 'LAST PUSH', of: ({ pushedAt }) => pushedAt ?? 'never' },
    ],
    items,
  );
  return [lines, ...items.flatMap(problemsOf)].join('\n');
}

const problemsOf = ({ id, problem, refused }: Pushed): string[] => [
  ...(problem === null ? [] : [`${id}: ${clean(problem.message)}`]),
  ...refused.map(({ message, people }) => `${id}: ${people} members: ${clean(message)}`),
];
