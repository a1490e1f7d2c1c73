import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { RecordedVerdict, Verdict } from '@keycourier/journey/ports/ledger';
import { consequenceOf, type Consequence } from '@keycourier/journey/requests/consequences';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { createShipment } from '../shipments/create-shipment.ts';
import { moveAll } from '../shipments/move.ts';
import { loginIndexOf } from '../shipments/person.ts';
import { isConcerned, isToCheck } from '../shipments/plan-predicates.ts';

interface Recording {
  eventId: string;
  verdict: Verdict;
  pinPolicyOf: (tenant: string) => PinPolicy;
}

/**
 * Writes what intake decided about an event, and what follows from it, in one transaction: the new shipment, the moves of
 * a person's shipments, or the reason why the event is ignored. An event that has a verdict keeps it.
 * @throws LedgerError `event_missing`
 */
export async function recordVerdict(
  ledger: Ledger,
  { eventId, verdict, pinPolicyOf }: Recording,
): Promise<RecordedVerdict> {
  const recorded = await ledger.db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId);
    if (event.state !== 'received') return asRecorded(event);
    const result = await carryOut(ledger, tx, { event, consequence: consequenceOf(verdict), pinPolicyOf });
    if (result.outcome === 'check_under_way') return result;
    await writeProcessed(tx, { eventId, result, at: ledger.now() });
    return result;
  });
  if (recorded.outcome !== 'ignored') ledger.notifier.notify();
  return recorded;
}

interface LockedEvent {
  tenant: string;
  state: string;
  reason: string | null;
  shipment_id: string | null;
}

async function lockEvent(tx: Tx, eventId: string): Promise<LockedEvent> {
  const event = await tx
    .selectFrom('inbound_events')
    .select(['tenant', 'state', 'reason', 'shipment_id'])
    .where('id', '=', eventId)
    .forUpdate()
    .executeTakeFirst();
  if (event === undefined) throw new LedgerError('event_missing', `There is no event ${eventId}`);
  return event;
}

function asRecorded({ state, reason, shipment_id: shipmentId }: LockedEvent): RecordedVerdict {
  if (state === 'accepted' && shipmentId !== null) return { outcome: 'created', shipmentId };
  return { outcome: 'ignored', reason: reason ?? state };
}

async function writeProcessed(
  tx: Tx,
  { eventId, result, at }: { eventId: string; result: RecordedVerdict; at: Date },
): Promise<void> {
  await tx
    .with('outbox_gone', (db) => db.deleteFrom('outbox').where('subject_id', '=', eventId))
    .updateTable('inbound_events')
    .set({
      state: result.outcome === 'ignored' ? 'ignored' : 'accepted',
      reason: result.outcome === 'ignored' ? result.reason : result.outcome,
      shipment_id: result.outcome === 'created' ? result.shipmentId : null,
      processed_at: at,
    })
    .where('id', '=', eventId)
    .execute();
}

async function carryOut(
  ledger: Ledger,
  tx: Tx,
  {
    event: { tenant },
    consequence,
    pinPolicyOf,
  }: { event: LockedEvent; consequence: Consequence; pinPolicyOf: (tenant: string) => PinPolicy },
): Promise<RecordedVerdict> {
  switch (consequence.kind) {
    case 'ignore':
      return { outcome: 'ignored', reason: consequence.reason };
    case 'create': {
      const request = { ...consequence.request, pinPolicy: pinPolicyOf(tenant), notify: false };
      const created = await createShipment(ledger, tx, request);
      if (created.outcome === 'created') return { outcome: 'created', shipmentId: created.shipment.id };
      return { outcome: 'ignored', reason: `${created.outcome} (${created.shipmentId})` };
    }
    case 'move':
      return moveConcerned(ledger, tx, { tenant, consequence });
  }
}

type Moves = Extract<Consequence, { kind: 'move' }>;

async function moveConcerned(
  ledger: Ledger,
  tx: Tx,
  { tenant, consequence }: { tenant: string; consequence: Moves },
): Promise<RecordedVerdict> {
  const { userId, afterChecksOf, decide, outcome, otherwise } = consequence;
  if (afterChecksOf !== null && (await isToBeChecked(ledger, tx, { tenant, ...afterChecksOf })))
    return { outcome: 'check_under_way' };
  // Locked in one order before the first of them moves: two verdicts about one person must not deadlock.
  const rows = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where(isConcerned[consequence.concerned])
    .orderBy('id')
    .forUpdate()
    .execute();
  const { moved } = await moveAll(ledger, tx, { ids: rows.map(({ id }) => id), decide });
  const shipmentIds = moved.flatMap((one) => (one.outcome === 'moved' ? [one.shipment.id] : []));
  return shipmentIds.length === 0 ? { outcome: 'ignored', reason: otherwise } : { outcome, shipmentIds };
}

async function isToBeChecked(
  ledger: Ledger,
  tx: Tx,
  { tenant, userId, login }: { tenant: string; userId: string; login: string | null },
): Promise<boolean> {
  const loginIndex = login === null ? null : loginIndexOf(ledger, login);
  const checking = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where(({ or, and, eb }) =>
      or([eb('okta_user_id', '=', userId), and([eb('okta_user_id', 'is', null), eb('login_index', '=', loginIndex)])]),
    )
    .where(isToCheck)
    .limit(1)
    .executeTakeFirst();
  return checking !== undefined;
}
