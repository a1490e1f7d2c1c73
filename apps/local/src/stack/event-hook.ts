import { eventTypes } from '@keycourier/journey/model/event-types';
import { z } from 'zod';

import { StackError } from './errors.ts';

const hook = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  events: z.looseObject({ items: z.array(z.string()) }),
  channel: z.looseObject({ config: z.looseObject({ uri: z.string() }) }),
});

const hookName = 'keycourier';

/**
 * Registers and verifies the event hook in an org, or leaves it when it already points here and sends what is read. The
 * URI changes with the port, so an old hook of ours is replaced.
 */
export async function registerEventHook(
  org: { url: string; token: string },
  target: { uri: string; secret: string },
): Promise<void> {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${org.url}${path}`, {
      method,
      headers: { authorization: `SSWS ${org.token}`, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok)
      throw new StackError(
        'hook_not_registered',
        `The org answered ${response.status} to ${method} ${path}: ${text.slice(0, 300)}`,
      );
    return text === '' ? null : JSON.parse(text);
  };
  const existing = z
    .array(hook)
    .parse(await call('GET', '/api/v1/eventHooks'))
    .filter(({ name }) => name === hookName);
  if (existing.some((one) => isAsWanted(one, target.uri))) return;
  for (const { id, status } of existing) {
    if (status === 'ACTIVE') await call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
    await call('DELETE', `/api/v1/eventHooks/${id}`);
  }
  const created = hook.parse(
    await call('POST', '/api/v1/eventHooks', {
      name: hookName,
      events: { type: 'EVENT_TYPE', items: eventTypes },
      channel: {
        type: 'HTTP',
        version: '1.0.0',
        config: { uri: target.uri, authScheme: { type: 'HEADER', key: 'Authorization', value: target.secret } },
      },
    }),
  );
  await call('POST', `/api/v1/eventHooks/${created.id}/lifecycle/verify`);
}

function isAsWanted({ status, channel, events }: z.infer<typeof hook>, uri: string): boolean {
  return status === 'ACTIVE' && channel.config.uri === uri && eventTypes.every((type) => events.items.includes(type));
}
