import { z } from 'zod';

import { parseBody } from '../http/handler.ts';
import { mayBeHooked } from '../system-log/event-types.ts';
import { readFilterExpression } from './filter-expression.ts';
import type { HookChannel, HookEvents } from './hook.ts';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** https, as Okta requires; http only on loopback, where a test has no certificate. */
function isAllowedUri(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname));
}

const eventsSchema = z.looseObject({
  type: z.literal('EVENT_TYPE'),
  items: z
    .array(z.string().refine(mayBeHooked, 'is not an event type that event hooks can subscribe to'))
    .min(1)
    .max(300),
  filter: z
    .looseObject({
      type: z.string().optional(),
      eventFilterMap: z.array(
        z.looseObject({
          event: z.string(),
          condition: z.looseObject({
            expression: z
              .string()
              .refine(
                (text) => readFilterExpression(text) !== undefined,
                'is no expression that this org can evaluate',
              ),
          }),
        }),
      ),
    })
    .nullish(),
});

const channelSchema = z.looseObject({
  type: z.literal('HTTP'),
  version: z.string().min(1),
  config: z.looseObject({
    uri: z.string().refine(isAllowedUri, 'must be an https URL'),
    headers: z.array(z.looseObject({ key: z.string().min(1), value: z.string() }).nullable()).nullish(),
    authScheme: z
      .looseObject({ type: z.literal('HEADER'), key: z.string().min(1), value: z.string().min(1).optional() })
      .nullish(),
  }),
});

const hookBodySchema = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  events: eventsSchema,
  channel: channelSchema,
});

/** The fields of a hook that a client can set. `secret` is undefined if the client sent none. */
export interface HookDraft {
  name: string;
  description: string | null;
  events: HookEvents;
  channel: HookChannel;
  secret: string | undefined;
}

/** @throws OktaError E0000001 */
export function readHook(body: unknown): HookDraft {
  const { name, description, events, channel } = parseBody(hookBodySchema, body, 'eventHook');
  const { authScheme, headers, uri } = channel.config;
  return {
    name,
    description: description ?? null,
    events: { type: 'EVENT_TYPE', items: [...new Set(events.items)], filter: readFilter(events.filter) },
    channel: {
      type: 'HTTP',
      version: channel.version,
      config: {
        uri,
        headers: (headers ?? []).flatMap((header) =>
          header === null ? [] : [{ key: header.key, value: header.value }],
        ),
        method: 'POST',
        authScheme: authScheme ? { type: 'HEADER', key: authScheme.key } : null,
      },
    },
    secret: authScheme?.value,
  };
}

function readFilter(filter: z.infer<typeof eventsSchema>['filter']): HookEvents['filter'] {
  if (!filter) return null;
  return {
    type: filter.type ?? 'EXPRESSION_LANGUAGE',
    eventFilterMap: filter.eventFilterMap.map(({ event, condition }) => ({
      event,
      condition: { version: null, expression: condition.expression },
    })),
  };
}
