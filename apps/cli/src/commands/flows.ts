import type { Command } from 'commander';

import { at } from '../api/client.ts';
import { flowList, switchedFlow, type Flow } from '../api/shapes.ts';
import { answer, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

/** The tenant's flows: what starts a shipment, and what goes on with it. */
export function addFlows(program: Command, cli: Cli): void {
  const flows = program.command('flows').description('lists the flows, and switches them on and off');
  flows
    .command('list', { isDefault: true })
    .description('all flows of the tenant')
    .action(async () => {
      const api = await cli.api();
      const listed = await api.ask(flowList, { method: 'GET', path: '/v1/flows' });
      answer(cli, listed, () => draw(cli.terminal, listed.items));
      warn(cli.terminal, listed.warnings);
    });
  for (const [name, enabled] of [
    ['on', true],
    ['off', false],
  ] as const)
    flows
      .command(name)
      .description(`switches a flow ${name}`)
      .argument('<slug>', 'the flow, as flows list names it')
      .action(async (slug: string) => {
        const api = await cli.api();
        const path = at`/v1/flows/${slug}`;
        const switched = await api.ask(switchedFlow, { method: 'PATCH', path, json: { enabled } });
        answer(cli, switched, () => draw(cli.terminal, [switched]));
        warn(cli.terminal, switched.warnings);
      });
}

function draw(terminal: Terminal, items: readonly Flow[]): string {
  const { paint } = terminal;
  return table(
    terminal,
    [
      { title: 'FLOW', of: ({ slug }) => slug },
      {
        title: 'IS',
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
