import { json } from '@keycourier/http/contract';
import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { stepNames } from '@keycourier/journey/model/plan';
import { readHistory, type HistoryEntry } from '@keycourier/ledger/shipments/read-history';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

const time = z.iso.datetime();

// `card` is the API's name for a step, as Okta Workflows users know it.
const card = z
  .strictObject({
    card: z.string().meta({ description: `The step: ${stepNames.join(', ')}` }),
    attempt: z.int().min(1),
    startedAt: time,
    endedAt: time.nullable(),
    outcome: z.string().nullable(),
    why: z.string().nullable(),
  })
  .meta({ id: 'Card', description: 'One attempt at a step' });

const change = z
  .strictObject({
    event: z.string(),
    at: time,
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  })
  .meta({ id: 'Change', description: 'A change of state, with ids and codes but no profile values' });

const history = z.strictObject({ items: z.array(z.union([card, change])) });

const example: z.output<typeof history> = {
  items: [
    { event: 'shipment.requested', at: '2026-03-01T08:00:00.000Z', detail: { trigger: 'api' } },
    {
      card: 'check-profile',
      attempt: 1,
      startedAt: '2026-03-01T08:00:00.100Z',
      endedAt: '2026-03-01T08:00:00.900Z',
      outcome: 'done',
      why: null,
    },
    { event: 'profile.checked', at: '2026-03-01T08:00:00.900Z', detail: { order: 'requested → ready' } },
  ],
};

export const showHistory: Endpoint = {
  contract: {
    name: 'showHistory',
    summary: 'Show the history of a shipment',
    readsPersonalData: true,
    description: 'Its attempts at steps and its changes of state, oldest first.',
    params: shipmentParams,
    answers: { 200: { description: 'Its history', content: json(history, example) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withShipment(async ({ ledger }, _caller, { id }) => {
      const entries = await readHistory(ledger, id);
      return { status: 200, body: { items: entries.map(toItem) } };
    }),
  ),
};

function toItem(entry: HistoryEntry): z.output<typeof card> | z.output<typeof change> {
  switch (entry.kind) {
    case 'attempt': {
      const { startedAt, endedAt, attempt, outcome, why } = entry;
      return {
        card: entry.step,
        attempt,
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
        outcome,
        why,
      };
    }
    case 'change': {
      const { event, at, detail } = entry;
      return { event, at: at.toISOString(), detail: detail === null ? null : { ...detail } };
    }
  }
}
