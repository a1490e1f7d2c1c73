import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { ShipmentRequest } from '@keycourier/journey/ports/ledger';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';
import { insertAlone } from '../shipments/create-shipment.ts';
import { newShipment, type CreateRequest } from '../shipments/new-shipment.ts';
import { loginIndexOf } from '../shipments/person.ts';

interface NewKey {
  request: CreateRequest;
  shipment: Shipment;
}

export function newKey(ledger: Ledger, wanted: ShipmentRequest, pinPolicyOf: (tenant: string) => PinPolicy): NewKey {
  const request = { ...wanted, pinPolicy: pinPolicyOf(wanted.tenant), notify: false };
  return { request, shipment: newShipment(ledger, request) };
}

/**
 * What most events that ask for a key come to, in one round trip: the event's row is locked, then the login, and a statement
 * that sees what was committed before creates the shipment.
 * @returns false where nothing was written: the event has a verdict, is not there, or something is in the way
 */
export async function createAlone(ledger: Ledger, eventId: string, { request, shipment }: NewKey): Promise<boolean> {
  const loginIndex = request.login === null ? null : loginIndexOf(ledger, request.login);
  const isCreated = await insertAlone(ledger, request, {
    shipment,
    locks: [sql`${prepared} select id from inbound_events where id = ${eventId} for update`],
    isDone: sql`not exists (select from inbound_events where id = ${eventId} and tenant = ${request.tenant} and state = 'received')`,
    also: eventProcessed(ledger, eventId, loginIndex),
  });
  if (isCreated) ledger.notifier.notify();
  return isCreated;
}

/** Parts of the statement that creates the shipment of an event. */
export const eventProcessed = (ledger: Ledger, eventId: string, loginIndex: string | null): RawBuilder<unknown> => sql`,
  event_processed as (
    update inbound_events set state = 'accepted', reason = 'created', shipment_id = created.id,
      processed_at = ${ledger.now()}, ${loginOf(loginIndex)}
    from created where inbound_events.id = ${eventId}
  ), event_message_gone as (
    delete from outbox using created where subject_id = ${eventId}
  )`;

export const loginOf = (loginIndex: string | null): RawBuilder<unknown> =>
  sql`login_index = coalesce(${loginIndex}::text, login_index)`;
