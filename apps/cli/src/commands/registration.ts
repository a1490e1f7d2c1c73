import type { Command } from 'commander';

import { registration, type Registration } from '../api/registration-shape.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { pairs } from '../output/table.ts';

/** Shows how far Okta shows who has a key that works. */
export function addRegistration(program: Command, cli: Cli): void {
  program
    .command('registration')
    .description('show how many people Okta shows as having a key, and what stops it')
    .action(async () => {
      const api = await cli.api();
      const answer = await api.request(registration, { method: 'GET', path: '/v1/registration' });
      printResult(cli, answer, () => draw(cli, answer));
    });
}

function draw(cli: Cli, { hub, ...own }: Registration): string {
  const spoke = drawOrg(cli, own, 'registration');
  const isHubShown = hub !== undefined && (hub.enabled || Object.values(hub.people).some((people) => people !== 0));
  return isHubShown ? `${spoke}\n\nIn the hub:\n${drawOrg(cli, hub, 'hubRegistration')}` : spoke;
}

function drawOrg(
  { terminal }: Cli,
  { enabled, attribute, group, people, problems, settingsProblem }: NonNullable<Registration['hub']>,
  setting: string,
): string {
  const { paint } = terminal;
  const target = [
    attribute === null ? null : `attribute ${clean(attribute)}`,
    group === null ? null : `group ${clean(group)}`,
  ].flatMap((part) => part ?? []);
  return pairs(terminal, [
    ['written to', enabled ? target.join(', ') : `nothing: keycourier.yaml has no ${setting}`],
    ...(settingsProblem === null
      ? []
      : ([['settings', paint.red(`${settingsProblem.code}: ${clean(settingsProblem.message)}`)]] as const)),
    ['ready', String(people.ready)],
    ['not ready', String(people.notReady)],
    ['not written yet', String(people.pending)],
    ...problems.map(
      ({ code, message, people: count }) =>
        ['problem', paint.yellow(`${count} × ${clean(code)}: ${clean(message)}`)] as const,
    ),
  ]);
}
