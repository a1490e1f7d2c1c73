import { Option, type Command } from 'commander';

import { at, type ApiRequest } from '../api/client.ts';
import { nothing } from '../api/directory-shapes.ts';
import {
  hubAssignedGroups,
  hubAssignments,
  hubCounts,
  type HubCounts,
  hubPeople,
  type HubPerson,
} from '../api/hub-shape.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';

export const initialStatuses = ['active_with_pass', 'active_without_pass', 'pending_with_pass', 'pending_without_pass'];

interface PeopleOptions {
  problems?: boolean;
  drift?: boolean;
}

/** Who is pushed to the hub. */
export function addHubPeople(hub: Command, cli: Cli): void {
  addAssigning(hub, cli);
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
    .option('--drift', 'only those whose users in the two orgs differ')
    .action((options: PeopleOptions) => listPeople(cli, options));
  hub
    .command('assignments')
    .description('list the groups and users who are assigned to the hub')
    .action(() => listAssignments(cli));
}

function addAssigning(hub: Command, cli: Cli): void {
  hub
    .command('assign')
    .description('assign users of your org to the hub, or members of groups; they are pushed soon')
    .argument('<ids...>', 'ids in Okta')
    .addOption(new Option('--status <status>', 'what the hub’s user becomes').choices(initialStatuses))
    .addOption(new Option('--groups', 'the ids are of groups, whose members are assigned').conflicts('status'))
    .action(async (userIds: string[], { status, groups }: { status?: string; groups?: boolean }) => {
      if (groups === true) return assignGroups(cli, userIds);
      const json = { userIds, ...(status === undefined ? {} : { initialStatus: status }) };
      await send(cli, { method: 'POST', path: '/v1/hub/assignments', json });
      printResult(cli, { assigned: userIds }, () => `${new Set(userIds).size} assigned. See keycourier hub people.`);
    });
  hub
    .command('unassign')
    .description('end the assignment of a user; the hub’s user is deactivated, where the link may do that')
    .argument('<id>', 'an id in Okta')
    .option('--group', 'the id is of a group; its members are deactivated who are not assigned otherwise')
    .action((id: string, { group }: { group?: boolean }) => unassign(cli, id, group === true));
}

async function unassign(cli: Cli, id: string, isGroup: boolean): Promise<void> {
  const what = isGroup ? 'The group is not assigned' : 'The user is not assigned by themselves';
  const notFound = `${what}: keycourier hub assignments lists who is.`;
  const path = isGroup ? at`/v1/hub/assignments/groups/${id}` : at`/v1/hub/assignments/${id}`;
  await send(cli, { method: 'DELETE', path, notFound });
  printResult(cli, { unassigned: id }, () => 'Unassigned.');
}

async function send(cli: Cli, request: Pick<ApiRequest, 'method' | 'path' | 'json' | 'notFound'>): Promise<void> {
  const api = await cli.api();
  await api.request(nothing, request);
}

async function listPeople(cli: Cli, { problems, drift }: PeopleOptions): Promise<void> {
  const api = await cli.api();
  const counts = await api.request(hubCounts, { method: 'GET', path: '/v1/hub/people/counts' });
  const items: HubPerson[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ limit: '100', ...(problems === true ? { problem: 'true' } : {}) });
    if (drift === true) query.set('drift', 'true');
    if (cursor !== '') query.set('cursor', cursor);
    const page: { items: HubPerson[]; nextCursor: string | null } = await api.request(hubPeople, {
      method: 'GET',
      path: `/v1/hub/people?${query.toString()}`,
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  printResult(cli, { ...counts, items }, () =>
    [...items.map((one) => drawPerson(cli, one)), drawCounts(counts), ...drawWaiting(cli, counts)].join('\n'),
  );
}

function drawCounts({ states, due, drift, problems }: HubCounts): string {
  const refused = problems.map(({ problem, people }) => `, ${clean(problem)} ${people}`).join('');
  return `${states.linked} in the hub, ${states.new} not yet, ${states.left} deactivated, ${due} due, ${drift} differ${refused}`;
}

const waits: Readonly<Record<string, string>> = {
  credentials_refused: 'An org of the link refuses the credentials: run keycourier hub test',
  no_answer: 'An org of the link does not answer',
};

function drawWaiting({ terminal: { paint } }: Cli, { waiting }: HubCounts): string[] {
  if (waiting === null) return [];
  const { reason, since } = waiting;
  return [paint.red(clean(`${waits[reason] ?? reason}, since ${since}. It goes on by itself.`))];
}

function drawPerson(
  { terminal: { paint } }: Cli,
  { userId, hubUserId, state, isDue, problem, fields, drift }: HubPerson,
): string {
  const why = problem === null ? (isDue ? 'due' : '') : paint.red(clean([problem, ...fields].join(' ')));
  const differs = drift.length === 0 ? '' : paint.yellow(clean(`differs in ${drift.join(', ')}`));
  return [...[userId, hubUserId ?? '-', state].map(clean), why, differs].filter((part) => part !== '').join('  ');
}

async function assignGroups(cli: Cli, groupIds: readonly string[]): Promise<void> {
  await send(cli, { method: 'POST', path: '/v1/hub/assignments/groups', json: { groupIds } });
  printResult(cli, { assigned: groupIds }, () => `${groupIds.length} assigned. See keycourier hub comparisons.`);
}

async function readGroups(cli: Cli): Promise<readonly string[]> {
  const api = await cli.api();
  const groups: string[] = [];
  for (let after = ''; ;) {
    const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const path = `/v1/hub/assignments/groups?limit=100${from}`;
    const { items } = await api.request(hubAssignedGroups, { method: 'GET', path });
    groups.push(...items.map(({ groupId }) => groupId));
    if (items.length < 100) return groups;
    after = groups.at(-1) ?? '';
  }
}

async function listAssignments(cli: Cli): Promise<void> {
  const api = await cli.api();
  const groups = await readGroups(cli);
  const items: { userId: string; initialStatus: string | null }[] = [];
  for (let after = ''; ;) {
    const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const page = await api.request(hubAssignments, { method: 'GET', path: `/v1/hub/assignments?limit=100${from}` });
    items.push(...page.items);
    if (page.items.length < 100) break;
    after = page.items.at(-1)?.userId ?? '';
  }
  printResult(cli, { groups, items }, () => {
    if (groups.length + items.length === 0) return 'No one is assigned.';
    return [
      ...groups.map((groupId) => `${clean(groupId)}  members of this group`),
      ...items.map(({ userId, initialStatus }) => `${clean(userId)}  ${clean(initialStatus ?? 'as the link says')}`),
    ].join('\n');
  });
}
