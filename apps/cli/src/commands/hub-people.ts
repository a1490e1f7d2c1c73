import { InvalidArgumentError, Option, type Command } from 'commander';

import { at, type ApiRequest } from '../api/client.ts';
import { nothing } from '../api/directory-shapes.ts';
import {
  hubAssignments,
  hubCounts,
  type HubCounts,
  hubPeople,
  hubSettings,
  type HubPerson,
  type HubSettings,
} from '../api/hub-shape.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { pairs } from '../output/table.ts';

const initialStatuses = ['active_with_pass', 'active_without_pass', 'pending_with_pass', 'pending_without_pass'];
const switches = ['create', 'update', 'deactivate', 'reactivate'] as const;

const setHelp = `
Every part of the link is off until it is switched on: --create on --update on --deactivate on --reactivate on.`;

type Switches = Partial<Record<(typeof switches)[number], boolean>>;

const onOrOff = (text: string): boolean => {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('on or off');
  return text === 'on';
};

/** Who is pushed to the hub, and how. */
export function addHubPeople(hub: Command, cli: Cli): void {
  addSettings(hub, cli);
  hub
    .command('assign')
    .description('assign users of your org to the hub; they are pushed soon')
    .argument('<user ids...>', 'ids in Okta')
    .addOption(new Option('--status <status>', 'what the hub’s user becomes').choices(initialStatuses))
    .action(async (userIds: string[], { status }: { status?: string }) => {
      const json = { userIds, ...(status === undefined ? {} : { initialStatus: status }) };
      await send(cli, { method: 'POST', path: '/v1/hub/assignments', json });
      printResult(cli, { assigned: userIds }, () => `${new Set(userIds).size} assigned. See keycourier hub people.`);
    });
  hub
    .command('unassign')
    .description('end the assignment of a user; the hub’s user is deactivated, where the link may do that')
    .argument('<user id>', 'an id in Okta')
    .action((userId: string) => unassign(cli, userId));
  hub
    .command('push')
    .description('compare users in both orgs now, and write what differs; brings back whom the hub deactivated')
    .argument('<user ids...>', 'ids in Okta')
    .action(async (userIds: string[]) => {
      await send(cli, { method: 'POST', path: '/v1/hub/push', json: { userIds } });
      printResult(cli, { pushed: userIds }, () => 'They are pushed soon. See keycourier hub people.');
    });
  hub
    .command('people')
    .description('list users of your org who are pushed to the hub')
    .option('--problems', 'only those whom the hub refused')
    .action((options: { problems?: boolean }) => listPeople(cli, options.problems === true));
  hub
    .command('assignments')
    .description('list the users who are assigned to the hub')
    .action(() => listAssignments(cli));
}

async function unassign(cli: Cli, userId: string): Promise<void> {
  const notFound = 'The user is not assigned by themselves: keycourier hub assignments lists who is.';
  await send(cli, { method: 'DELETE', path: at`/v1/hub/assignments/${userId}`, notFound });
  printResult(cli, { unassigned: userId }, () => 'Unassigned.');
}

function addSettings(hub: Command, cli: Cli): void {
  const set = hub
    .command('set')
    .description('show what is pushed to the hub, or switch parts of it')
    .addHelpText('after', setHelp);
  for (const name of switches) set.option(`--${name} <on|off>`, `${name} users in the hub`, onOrOff);
  set.action(async (changes: Switches) => {
    const api = await cli.api();
    const path = '/v1/hub/settings';
    const isChange = Object.keys(changes).length > 0;
    const settings = await api.request(
      hubSettings,
      isChange ? { method: 'PATCH', path, json: changes } : { method: 'GET', path },
    );
    printResult(cli, settings, () => drawSettings(cli, settings));
  });
}

async function send(cli: Cli, request: Pick<ApiRequest, 'method' | 'path' | 'json' | 'notFound'>): Promise<void> {
  const api = await cli.api();
  await api.request(nothing, request);
}

function drawSettings(cli: Cli, settings: HubSettings): string {
  const { initialStatus: status } = settings;
  return pairs(cli.terminal, [
    ...switches.map((name): [string, string] => [name, settings[name] ? 'on' : 'off']),
    ['initial status', `create ${status.create}, link ${status.link}, reactivation ${status.reactivation}`],
    ['mapping', settings.mapping.length === 0 ? 'every attribute keeps its name' : `${settings.mapping.length} rows`],
  ]);
}

async function listPeople(cli: Cli, hasProblem: boolean): Promise<void> {
  const api = await cli.api();
  const counts = await api.request(hubCounts, { method: 'GET', path: '/v1/hub/people/counts' });
  const items: HubPerson[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ limit: '100', ...(hasProblem ? { problem: 'true' } : {}) });
    if (cursor !== '') query.set('cursor', cursor);
    const page: { items: HubPerson[]; nextCursor: string | null } = await api.request(hubPeople, {
      method: 'GET',
      path: `/v1/hub/people?${query.toString()}`,
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  printResult(cli, { ...counts, items }, () =>
    [...items.map((one) => drawPerson(cli, one)), drawCounts(counts)].join('\n'),
  );
}

function drawCounts({ states, due, problems }: HubCounts): string {
  const refused = problems.map(({ problem, people }) => `, ${clean(problem)} ${people}`).join('');
  return `${states.linked} in the hub, ${states.new} not yet, ${states.left} deactivated, ${due} due${refused}`;
}

function drawPerson(
  { terminal: { paint } }: Cli,
  { userId, hubUserId, state, isDue, problem, fields }: HubPerson,
): string {
  const why = problem === null ? (isDue ? 'due' : '') : paint.red(clean([problem, ...fields].join(' ')));
  return `${clean(userId)}  ${clean(hubUserId ?? '-')}  ${clean(state)}  ${why}`.trimEnd();
}

async function listAssignments(cli: Cli): Promise<void> {
  const api = await cli.api();
  const items: { userId: string; initialStatus: string | null }[] = [];
  for (let after = ''; ;) {
    const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const page = await api.request(hubAssignments, { method: 'GET', path: `/v1/hub/assignments?limit=100${from}` });
    items.push(...page.items);
    if (page.items.length < 100) break;
    after = page.items.at(-1)?.userId ?? '';
  }
  printResult(cli, { items }, () => {
    if (items.length === 0) return 'No one is assigned by themselves.';
    return items
      .map(({ userId, initialStatus }) => `${clean(userId)}  ${clean(initialStatus ?? 'as the link says')}`)
      .join('\n');
  });
}
