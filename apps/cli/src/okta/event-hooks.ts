import { hookList, hookSchema, type Hook } from '@keycourier/connectors/okta/event-hook';
import type { SendToOkta } from '@keycourier/connectors/okta/send';

const root = '/api/v1/eventHooks';
const pathOf = (id: string, rest = ''): string => `${root}/${encodeURIComponent(id)}${rest}`;

/** The settings of a hook to create or replace. */
export interface HookDraft {
  name: string;
  description?: string;
  uri: string;
  secret: string;
  events: readonly string[];
  /** An administrator's filter and headers, kept unchanged. */
  filter?: unknown;
  headers?: unknown;
}

/** The event hooks of an org (Okta's docs, Event Hooks API). @throws ConnectorError */
export function eventHooks(send: SendToOkta) {
  const change = async (method: 'POST' | 'PUT', path: string, body?: unknown): Promise<Hook> => {
    const { json } = await send({ method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return hookSchema.parse(json);
  };
  return {
    list: async (): Promise<Hook[]> => hookList.parse((await send({ method: 'GET', path: root })).json),
    create: (draft: HookDraft) => change('POST', root, bodyOf(draft)),
    replace: (id: string, draft: HookDraft) => change('PUT', pathOf(id), bodyOf(draft)),
    verify: (id: string) => change('POST', pathOf(id, '/lifecycle/verify')),
    activate: (id: string) => change('POST', pathOf(id, '/lifecycle/activate')),
    deactivate: (id: string) => change('POST', pathOf(id, '/lifecycle/deactivate')),
    remove: async (id: string): Promise<void> => void (await send({ method: 'DELETE', path: pathOf(id) })),
  };
}

export type EventHooks = ReturnType<typeof eventHooks>;

const bodyOf = ({ name, description, uri, secret, events, filter, headers }: HookDraft): unknown => ({
  name,
  ...(description === undefined ? {} : { description }),
  events: { type: 'EVENT_TYPE', items: events, ...(filter === undefined || filter === null ? {} : { filter }) },
  channel: {
    type: 'HTTP',
    version: '1.0.0',
    config: {
      uri,
      ...(headers === undefined ? {} : { headers }),
      authScheme: { type: 'HEADER', key: 'Authorization', value: secret },
    },
  },
});
