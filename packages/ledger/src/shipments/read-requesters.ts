import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql, type Kysely } from 'kysely';

import { prepared } from '../prepared.ts';
import type { Tables } from '../tables.ts';

/** Who or what asked for a shipment, besides its batch. */
export interface Requester {
  /** Null for a request of an event. */
  apiKey: { id: string; name: string | null } | null;
  /** Okta's event; null for a request of an API key. */
  event: { id: string; uuid: string } | null;
}

/** The requesters of shipments, by the shipment's id: two queries for any number of them. */
export async function readRequesters(
  db: Kysely<Tables>,
  shipments: readonly Pick<Shipment, 'id' | 'requestedBy'>[],
): Promise<ReadonlyMap<string, Requester>> {
  const names = await readKeyNames(db, [...new Set(shipments.flatMap(({ requestedBy }) => requestedBy ?? []))]);
  const events = await readEvents(
    db,
    shipments.flatMap(({ id, requestedBy }) => (requestedBy === null ? [id] : [])),
  );
  return new Map(
    shipments.map(({ id, requestedBy }) => {
      const apiKey = requestedBy === null ? null : { id: requestedBy, name: names.get(requestedBy) ?? null };
      return [id, { apiKey, event: events.get(id) ?? null }];
    }),
  );
}

async function readKeyNames(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; name: string }>`${prepared}
    select id, name from api_keys where id = any(${[...ids]}::text[])`.execute(db);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

async function readEvents(
  db: Kysely<Tables>,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, { id: string; uuid: string }>> {
  if (shipmentIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('inbound_events')
    .select(['id', 'uuid', 'shipment_id'])
    .where('shipment_id', 'in', shipmentIds)
    .execute();
  // A further key of an event has the event's uuid with its number.
  return new Map(
    rows.flatMap(({ id, uuid, shipment_id: shipmentId }) =>
      shipmentId === null ? [] : [[shipmentId, { id, uuid: uuid.split('/', 1)[0] ?? uuid }] as const],
    ),
  );
}
