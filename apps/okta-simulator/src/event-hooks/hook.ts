import { z } from 'zod';

import { notFound } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';

const headerSchema = z.object({ key: z.string(), value: z.string() });

const eventsSchema = z.object({
  type: z.literal('EVENT_TYPE'),
  items: z.array(z.string()),
  filter: z
    .object({
      type: z.string().optional(),
      eventFilterMap: z.array(
        z.object({ event: z.string(), condition: z.object({ version: z.null(), expression: z.string() }) }),
      ),
    })
    .nullable(),
});

const channelSchema = z.object({
  type: z.literal('HTTP'),
  version: z.string(),
  config: z.object({
    uri: z.string(),
    headers: z.array(headerSchema),
    method: z.literal('POST'),
    authScheme: z.object({ type: z.literal('HEADER'), key: z.string() }).nullable(),
  }),
});

/** A stored hook; the secret of its authScheme is sealed in a separate column. */
export const hookSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  verification_status: z.enum(['VERIFIED', 'UNVERIFIED']),
  events: eventsSchema,
  channel: channelSchema,
  sealed_secret: z.string().nullable(),
  created: z.date(),
  created_by: z.string(),
  last_updated: z.date(),
});

export type Hook = z.infer<typeof hookSchema>;
export type HookEvents = z.infer<typeof eventsSchema>;
export type HookChannel = z.infer<typeof channelSchema>;

/** @throws OktaError 404 */
export async function findHook(db: Queryable, id: string, lock: 'for no key update' | '' = ''): Promise<Hook> {
  const [hook] = await select(db, hookSchema, { text: `select * from event_hook where id = $1 ${lock}`, values: [id] });
  if (hook === undefined) throw notFound(id, 'EventHook');
  return hook;
}

/** The hook in the format of the API, without its secret. */
export function presentHook(origin: string, hook: Hook): Record<string, unknown> {
  const self = `${origin}/api/v1/eventHooks/${hook.id}`;
  const post = (verb: string): unknown => ({ href: `${self}/lifecycle/${verb}`, hints: { allow: ['POST'] } });
  const { authScheme, ...config } = hook.channel.config;
  return {
    id: hook.id,
    status: hook.status,
    verificationStatus: hook.verification_status,
    name: hook.name,
    description: hook.description,
    created: hook.created.toISOString(),
    createdBy: hook.created_by,
    lastUpdated: hook.last_updated.toISOString(),
    events: hook.events,
    channel: { ...hook.channel, config: { ...config, ...(authScheme === null ? {} : { authScheme }) } },
    _links: {
      self: { href: self },
      verify: post('verify'),
      deactivate: post('deactivate'),
    },
  };
}
