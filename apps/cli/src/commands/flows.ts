import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { flowList, updatedFlow, type Flow } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

/** The tenant's flows, which can be switched off one by one. */
export function addFlows(program: Command, cli: Cli): void {
  const flows = program.command('flows').description('list the flows and switch them on and off');
  flows
    .command('list', { isDefault: true })
    .description('list all flows of the tenant')
    .action(async () => {
      const api = await cli.api();
      const listed = await api.request(flowList, { method: 'GET', path: '/v1/flows' });
      printResult(cli, listed, () => draw(cli.terminal, listed.items));
      warn(cli.terminal, listed.warnings);
    });
  for (const [name, enabled] of [
    ['on', true],
    ['off', false],
  ] as const)
    flows
      .command(name)
      .description(`switch a flow ${name}`)
      .argument('<slug>', 'the flow, as in flows list')
      .action(async (slug: string) => {
        const api = await cli.api();
        const path = at`/v1/flows/${slug}`;
        const updated = await api.request(updatedFlow, { method: 'PATCH', path, json: { enabled } });
        printResult(cli, updated, () => draw(cli.terminal, [updated]));
        warn(cli.terminal, updated.warnings);
      });
}

function draw(terminal: Terminal, items: readonly Flow[]): string {
  const { paint } = terminal;
  return table(
    terminal,
    [
      { title: 'FLOW', of: ({ slug }) => slug },
      {
        title: 'STATE',
        of: ({ enabled }) => (enabled ? 'on' : 'off'),
        paint: (text, { enabled }) => (enabled ? paint.green(text) : paint.dim(text)),
      },
      { title: 'TITLE', of: ({ title }) => title ?? '' },
    ],
    items,
  );
}

function warn({ err, paint }: Terminal, warnings: readonly { message: string }[]): void {
  for (const { message } of warnings) err(paint.yellow(`warning: ${clean(message)}`));
}
