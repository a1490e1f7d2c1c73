import { bodyOf, withId, type RunningOrg } from './running-org.ts';

export interface HookWish {
  uri: string;
  items?: string[];
  filter?: unknown;
}

export function hookBody({
  filter = null,
  items = ['group.user_membership.add'],
  uri,
}: HookWish): Record<string, unknown> {
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

/** A hook that is ACTIVE and, when its service gives challenges back, VERIFIED. */
export async function createHook(org: RunningOrg, wish: HookWish): Promise<string> {
  const { id } = bodyOf(withId, await org.call('POST', '/api/v1/eventHooks', hookBody(wish)));
  await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/verify`);
  return id;
}
