import { eventTypes } from '@keycourier/journey/model/event-types';
import { z } from 'zod';

import { call } from '../clients/call.ts';
import { StackError } from './errors.ts';

const hook = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  events: z.looseObject({ items: z.array(z.string()) }),
  channel: z.looseObject({ config: z.looseObject({ uri: z.string() }) }),
});

const hookName = 'keycourier';

interface Org {
  url: string;
  token: string;
}

/**
 * Registers and verifies the event hook in an org, unless it is registered with this URI and all event types. The URI
 * changes with the port, so an old hook is replaced.
 */
export async function registerEventHook(org: Org, target: { uri: string; secret: string }): Promise<void> {
  const request = requestTo(org);
  const existing = z
    .array(hook)
    .parse(await request('GET', '/api/v1/eventHooks'))
    .filter(({ name }) => name === hookName);
  if (existing.some((one) => isCurrent(one, target.uri))) return;
  for (const { id, status } of existing) {
    if (status === 'ACTIVE') await request('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
    await request('DELETE', `/api/v1/eventHooks/${id}`);
  }
  const created = hook.parse(
    await request('POST', '/api/v1/eventHooks', {
      name: hookName,
      events: { type: 'EVENT_TYPE', items: eventTypes },
      channel: {
        type: 'HTTP',
        version: '1.0.0',
        config: { uri: target.uri, authScheme: { type: 'HEADER', key: 'Authorization', value: target.secret } },
      },
    }),
  );
  await request('POST', `/api/v1/eventHooks/${created.id}/lifecycle/verify`);
}

const requestTo =
  ({ url, token }: Org) =>
  async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `SSWS ${token}` };
    const response = await call(method, `${url}${path}`, { headers, body });
    if (response.status < 300) return response.body;
    const text = JSON.stringify(response.body).slice(0, 300);
    throw new StackError('hook_not_registered', `The org answered ${response.status} to ${method} ${path}: ${text}`);
  };

function isCurrent({ status, channel, events }: z.infer<typeof hook>, uri: string): boolean {
  return status === 'ACTIVE' && channel.config.uri === uri && eventTypes.every((type) => events.items.includes(type));
}
