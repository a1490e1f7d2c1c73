import type { Shipment } from '@keycourier/journey/model/shipment';

import { readBatch } from '../batches/batches.ts';
import type { Ledger } from '../connect-ledger.ts';
import { listEvents, type EventQuery, type ListedEvent } from '../events/list-events.ts';
import { listShipments, type ShipmentFilter } from '../shipments/list-shipments.ts';
import { readShipment } from '../shipments/read-shipment.ts';
import { classifyQuery, type QueryReading } from './classify-query.ts';

export interface SearchResult {
  readings: readonly QueryReading[];
  /** The newest first, of all readings; each once. */
  shipments: readonly Shipment[];
  /** What arrived about the person or by the uuid, the newest first: also what was ignored, set aside or delivered twice. */
  events: readonly ListedEvent[];
  batchId: string | null;
  /** There are more shipments or events than are returned. */
  isMore: boolean;
}

interface Found {
  shipments: readonly Shipment[];
  events: readonly ListedEvent[];
  batchId: string | null;
  isMore: boolean;
}

const nothing: Found = { shipments: [], events: [], batchId: null, isMore: false };

/** More shipments, or events, are not returned. */
const limit = 20;

/** Everything of a tenant that a text may mean. */
export async function search(ledger: Ledger, tenant: string, text: string): Promise<SearchResult> {
  const readings = classifyQuery(text);
  const found = await Promise.all(readings.map((reading) => find({ ledger, tenant }, reading)));
  const shipments = unique(found.flatMap((one) => one.shipments));
  const events = unique(found.flatMap((one) => one.events));
  return {
    readings,
    shipments: shipments.slice(0, limit),
    events: events.slice(0, limit),
    batchId: found.find((one) => one.batchId !== null)?.batchId ?? null,
    isMore: found.some((one) => one.isMore) || shipments.length > limit || events.length > limit,
  };
}

function unique<Item extends { id: string }>(items: readonly Item[]): readonly Item[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  return [...byId.values()].toSorted((one, other) => (one.id < other.id ? 1 : -1));
}

interface Scope {
  ledger: Ledger;
  tenant: string;
}

async function find(scope: Scope, { kind, value }: QueryReading): Promise<Found> {
  switch (kind) {
    case 'shipment':
      return findShipment(scope, value);
    case 'batch':
      return findBatch(scope, value);
    case 'event':
      return eventsBy(scope, { id: value });
    case 'event_uuid':
      return eventsBy(scope, { uuid: value });
    case 'okta_user':
    case 'login':
      return both(...(await Promise.all([shipmentsBy(scope, { user: value }), eventsBy(scope, { user: value })])));
    case 'serial':
      return shipmentsBy(scope, { serial: value });
    case 'tracking_number':
      return shipmentsBy(scope, { trackingNumber: value });
    case 'name':
      return shipmentsBy(scope, { name: value });
  }
}

const both = (one: Found, other: Found): Found => ({
  shipments: one.shipments,
  events: other.events,
  batchId: null,
  isMore: one.isMore || other.isMore,
});

async function findShipment({ ledger, tenant }: Scope, id: string): Promise<Found> {
  const shipment = await readShipment(ledger, tenant, id);
  return shipment === null ? nothing : { ...nothing, shipments: [shipment] };
}

async function findBatch(scope: Scope, id: string): Promise<Found> {
  const batch = await readBatch(scope.ledger, scope.tenant, id);
  if (batch === null) return nothing;
  return { ...(await shipmentsBy(scope, { batchId: id }, { dryRun: batch.dryRun })), batchId: id };
}

/** Real shipments: a dry run is found by its own id, or by its batch's. */
async function shipmentsBy(
  { ledger, tenant }: Scope,
  filter: ShipmentFilter,
  { dryRun } = { dryRun: false },
): Promise<Found> {
  const { items, nextCursor } = await listShipments(ledger, { tenant, dryRun, limit, ...filter });
  return { ...nothing, shipments: items, isMore: nextCursor !== null };
}

/** An event that asked for shipments leads to them. */
async function eventsBy(scope: Scope, filter: Pick<EventQuery, 'id' | 'uuid' | 'user'>): Promise<Found> {
  const { ledger, tenant } = scope;
  const { items, nextCursor } = await listEvents(ledger, { tenant, limit, ...filter });
  const ids = filter.user === undefined ? items.flatMap(({ shipmentId }) => shipmentId ?? []) : [];
  const shipments = await Promise.all(ids.map((id) => readShipment(ledger, tenant, id)));
  return { ...nothing, events: items, shipments: shipments.filter((one) => one !== null), isMore: nextCursor !== null };
}
