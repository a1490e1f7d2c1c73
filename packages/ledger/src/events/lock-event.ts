import type { RecordedKey, RecordedVerdict } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import { loginLock } from '../batches/lock-batches.ts';
import type { Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { prepared } from '../prepared.ts';

export interface LockedEvent {
  id: string;
  tenant: string;
  state: string;
  reason: string | null;
  shipment_id: string | null;
}

/** Locks the event's row, and then the login of a key that it asks for. */
export async function lockEvent(tx: Tx, eventId: string, loginIndex: string | null): Promise<LockedEvent> {
  const { rows } = await sql<LockedEvent>`${prepared}
    select id, tenant, state, reason, shipment_id,
      case when state = 'received' and ${loginIndex}::text is not null then ${loginLock(sql`tenant`, loginIndex)} end
    from (select id, tenant, state, reason, shipment_id from inbound_events where id = ${eventId} for update) as event`.execute(
    tx,
  );
  const [event] = rows;
  if (event === undefined) throw new LedgerError('event_missing', `There is no event ${eventId}`);
  return event;
}

export async function readRecorded(tx: Tx, event: LockedEvent): Promise<RecordedVerdict> {
  const more = await tx
    .selectFrom('inbound_events')
    .select(['state', 'reason', 'shipment_id'])
    .where('first_key_id', '=', event.id)
    .orderBy('id')
    .execute();
  return more.length === 0 ? asRecorded(event) : { outcome: 'several_keys', keys: [event, ...more].map(asRecorded) };
}

type KeyRow = Pick<LockedEvent, 'state' | 'reason' | 'shipment_id'>;

function asRecorded({ state, reason, shipment_id: shipmentId }: KeyRow): RecordedKey {
  if (state === 'accepted' && shipmentId !== null) return { outcome: 'created', shipmentId };
  return { outcome: state === 'set_aside' ? state : 'ignored', reason: reason ?? state };
}
