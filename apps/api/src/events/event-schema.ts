import { eventOutcomes, type ListedEvent } from '@keycourier/ledger/events/list-events';
import { z } from 'zod';

const time = z.iso.datetime();

/** An event of Okta's or of the directory's as the API shows it: what became of it, and nothing of what it said about a person. */
export const event = z
  .strictObject({
    id: z.string(),
    uuid: z.string().meta({
      description:
        'The `uuid` that Okta gave it, or this system where a SCIM client caused it. One that is not in the form of Okta’s is shown as a keyed hash',
    }),
    key: z
      .int()
      .min(1)
      .meta({ description: 'Which key it is about: an event that asks for several has an item for each' }),
    eventType: z.string().meta({ description: 'Okta’s event type, or one of `scim.…` for what a SCIM client changed' }),
    publishedAt: time.nullable().meta({ description: 'When Okta says that it happened' }),
    receivedAt: time,
    decidedAt: time.nullable(),
    outcome: z.enum(eventOutcomes).exclude(['duplicate']).meta({
      description:
        '`received`: not decided yet; with the reason `suspended`: the person’s shipments are held, and what follows is decided after the grace time. `accepted`: it created or moved shipments, or a welcome mail was sent. `ignored`: it asked for nothing that is to be done. `set_aside`: it may ask for something, and an operator is to look at it',
    }),
    reason: z.string().nullable(),
    shipmentId: z.string().nullable().meta({ description: 'The shipment that it created' }),
    redeliveries: z.int().meta({ description: 'How often it was delivered again, which changed nothing' }),
    lastRedeliveredAt: time.nullable(),
  })
  .meta({ id: 'Event' });

export const eventExample: z.input<typeof event> = {
  id: 'evt_01kbqd0y6h2f3v8m4n5p6q7r8s',
  uuid: '8f6a0d2e-cb4f-11f0-9c1b-6b2f1c9d7e55',
  key: 1,
  eventType: 'group.user_membership.add',
  publishedAt: '2026-03-02T09:00:00.000Z',
  receivedAt: '2026-03-02T09:00:01.000Z',
  decidedAt: '2026-03-02T09:00:01.500Z',
  outcome: 'ignored',
  reason: 'flow off',
  shipmentId: null,
  redeliveries: 0,
  lastRedeliveredAt: null,
};

export function toEvent(listed: ListedEvent): z.input<typeof event> {
  const { id, uuid, key, eventType, outcome, shipmentId, redeliveries } = listed;
  return {
    id,
    uuid,
    key,
    eventType,
    publishedAt: listed.published?.toISOString() ?? null,
    receivedAt: listed.receivedAt.toISOString(),
    decidedAt: listed.processedAt?.toISOString() ?? null,
    outcome,
    reason: listed.reason,
    shipmentId,
    redeliveries,
    lastRedeliveredAt: listed.redeliveredAt?.toISOString() ?? null,
  };
}
