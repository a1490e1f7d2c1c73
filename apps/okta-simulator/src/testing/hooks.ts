import { z } from 'zod';

import { bodyOf, withId, type RunningOrg } from './running-org.ts';

export interface HookOptions {
  uri: string;
  items?: string[];
  filter?: unknown;
}

export function hookBody({
  filter = null,
  items = ['group.user_membership.add'],
  uri,
}: HookOptions): Record<string, unknown> {
  return {
    name: 'shipper',
    events: { type: 'EVENT_TYPE', items, filter },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri,
        headers: [{ key: 'X-Tenant', value: 'acme' }],
        authScheme: { type: 'HEADER', key: 'Authorization', value: 'hook secret' },
      },
    },
  };
}

/** Creates a hook that is ACTIVE and, if its service returns the challenge, VERIFIED. */
export async function createHook(org: RunningOrg, options: HookOptions): Promise<string> {
  const { id } = bodyOf(withId, await org.call('POST', '/api/v1/eventHooks', hookBody(options)));
  await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/verify`);
  return id;
}

/** Of a test that ends: the org would go on to call their addresses, whose ports others may have by then. */
export async function deactivateHooks(org: RunningOrg): Promise<void> {
  const hooks = bodyOf(z.array(withId), await org.call('GET', '/api/v1/eventHooks'));
  for (const { id } of hooks) await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
}
