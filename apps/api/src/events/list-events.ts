import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { eventOutcomes, listEvents as readPage } from '@keycourier/ledger/events/list-events';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { cursorOf, limit, time, toCursor, user } from '../shipments/query-fields.ts';
import { event, eventExample, toEvent } from './event-schema.ts';

const query = z.strictObject({
  user: user.optional(),
  uuid: z
    .string()
    .regex(/^[^\p{C}]{1,256}$/u)
    .meta({ description: 'The exact `uuid` that Okta gave the event' })
    .optional(),
  outcome: z
    .enum(eventOutcomes)
    .meta({ description: '`duplicate` lists what was delivered again, with any outcome' })
    .optional(),
  since: time.meta({ description: 'Received at this time or after it' }).optional(),
  until: time.meta({ description: 'Received before this time' }).optional(),
  cursor: cursorOf('evt').optional(),
  limit,
});

const page = z.strictObject({
  items: z.array(event),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

/** Why a user has no key: what Okta's events asked for, and what became of each. */
export const listEvents: Endpoint = {
  contract: {
    name: 'listEvents',
    summary: 'List events',
    readsPersonalData: true,
    description:
      'What Okta sent, newest first, with what became of it and why. A person is found until the content of the event is erased (`retention.eventBodyDays`); a `uuid` for good.',
    query,
    answers: {
      200: { description: 'A page of events', content: json(page, { items: [eventExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: filter }) => {
    const { cursor: before, ...rest } = filter;
    const { items, nextCursor } = await readPage(ledger, { tenant: tenant.name, before, ...rest });
    return {
      status: 200,
      body: { items: items.map(toEvent), nextCursor: nextCursor === null ? null : toCursor(nextCursor) },
    };
  }),
};
