import { isDelivering, type Hook } from '@keycourier/connectors/okta/event-hook';

import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

/** The event hooks of an org, with keycourier's marked. */
export function drawHooks(terminal: Terminal, hooks: readonly Hook[], isOurs: (hook: Hook) => boolean): string {
  if (hooks.length === 0) return 'The org has no event hooks.';
  const { paint } = terminal;
  return table(
    terminal,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'NAME', of: ({ name }) => name },
      { title: 'KEYCOURIER', of: (hook) => (isOurs(hook) ? 'yes' : '') },
      {
        title: 'STATE',
        of: ({ status, verificationStatus }) => `${status} ${verificationStatus ?? ''}`.trim(),
        paint: (text, hook) => (isDelivering(hook) ? paint.green(text) : paint.yellow(text)),
      },
      { title: 'EVENTS', of: ({ events }) => String(events.items.length) },
      { title: 'URL', of: ({ channel }) => channel.config.uri },
    ],
    hooks,
  );
}
