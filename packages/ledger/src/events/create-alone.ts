import { userChangingEventTypes } from '@keycourier/journey/model/event-types';
import type { SeenUser } from '@keycourier/journey/model/seen-user';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { RecordedKey, ShipmentRequest } from '@keycourier/journey/ports/ledger';
import { sql, type RawBuilder } from 'kysely';

import { createWithFirstStep } from '../attempts/claim-first-step.ts';
import type { Ledger } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';
import { insertingAlone } from '../shipments/create-shipment.ts';
import { newShipment, type CreateRequest } from '../shipments/new-shipment.ts';
import { loginIndexOf } from '../shipments/person.ts';
import { userIndexOf } from './event-keys.ts';

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
export async function createAlone(ledger: Ledger, eventId: string, key: NewKey): Promise<boolean> {
  const rows = await ledger.together(creating(ledger, eventId, key));
  const isCreated = rows.at(-1)?.length === 1;
  if (isCreated) ledger.notifier.notify();
  return isCreated;
}

/**
 * The same with the claim of the shipment's first step, which is admitted.
 * @returns null where nothing was written
 */
export async function createAndGoOn(
  ledger: Ledger,
  eventId: string,
  { key, leaseMs, seen }: { key: NewKey; leaseMs: number; seen: SeenUser | undefined },
): Promise<RecordedKey | null> {
  const statements = creating(ledger, eventId, key);
  const { shipment } = key;
  const known =
    seen === undefined
      ? undefined
      : {
          user: seen,
          isUnchanged: isUnchangedSince(ledger, shipment.tenant, { userId: seen.user.id, since: seen.at }),
        };
  const { isCreated, next } = await createWithFirstStep(ledger, { shipment, statements, leaseMs, seen: known });
  if (!isCreated) return null;
  if (next === null) ledger.notifier.notify();
  return { outcome: 'created', shipmentId: shipment.id, ...(next !== null && { next }) };
}

/** Of the clocks of two processes. */
const slackMs = 60_000;

/**
 * No event that says that this user has changed was received since they were read. Such an event may have been decided before the
 * shipment was there, and have found none to check again or to cancel.
 */
const isUnchangedSince = (
  ledger: Ledger,
  tenant: string,
  { userId, since }: { userId: string; since: Date },
): RawBuilder<boolean> => sql<boolean>`not exists (
  select from inbound_events where tenant = ${tenant} and user_index = ${userIndexOf(ledger, tenant, userId)}
    and event_type = any(${[...userChangingEventTypes]}::text[]) and received_at > ${new Date(since.getTime() - slackMs)}
)`;

function creating(ledger: Ledger, eventId: string, { request, shipment }: NewKey): readonly RawBuilder<unknown>[] {
  const loginIndex = request.login === null ? null : loginIndexOf(ledger, request.login);
  return insertingAlone(ledger, request, {
    shipment,
    locks: [sql`${prepared} select id from inbound_events where id = ${eventId} for update`],
    isDone: sql`not exists (select from inbound_events where id = ${eventId} and tenant = ${request.tenant} and state = 'received')`,
    also: eventProcessed(ledger, eventId, loginIndex),
  });
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
