import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { countEvents, eventOutcomes, listEvents as readPage } from '@keycourier/ledger/events/list-events';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { countFields, countOf, countQuery } from '../shipments/counted.ts';
import { cursorOf, limit, time, toCursor, user } from '../shipments/query-fields.ts';
import { event, eventExample, toEvent } from './event-schema.ts';

/** The filter of both routes. */
export const eventFilter = {
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
};

const query = z.strictObject({ ...eventFilter, limit, count: countQuery });

export const page = z.strictObject({
  items: z.array(event).meta({ description: 'The events of this page' }),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
  ...countFields,
});

export const pageExample: z.input<typeof page> = { items: [eventExample], nextCursor: null };

/** Why a user has no key: what Okta's events asked for, and what became of each. */
export const listEvents: Endpoint = {
  contract: {
    name: 'listEvents',
    summary: 'List events',
    readsPersonalData: true,
    description:
      'What Okta sent, newest first, with what became of it and why. Prefer `POST /v1/events/search` for a login, since URLs are kept in logs on the way. A person is found until the content of the event is erased (`retention.eventBodyDays`); a `uuid` for good.',
    query,
    answers: {
      200: { description: 'A page of events', content: json(page, pageExample) },
    },
    refusals: [],
  },
  handler: queryRoute(query, ({ ledger }, { tenant }, { query: filter }) => answerPage(ledger, tenant.name, filter)),
};

export async function answerPage(
  ledger: Ledger,
  tenant: string,
  { cursor: before, count, ...filter }: z.output<typeof query>,
): Promise<{ status: number; body: z.input<typeof page> }> {
  const { items, nextCursor } = await readPage(ledger, { tenant, before, ...filter });
  return {
    status: 200,
    body: {
      items: items.map(toEvent),
      nextCursor: nextCursor === null ? null : toCursor(nextCursor),
      ...(await countOf(count, (atMost) => countEvents(ledger, { tenant, ...filter }, atMost))),
    },
  };
}
