import type { Decision } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { RecordedVerdict, Verdict } from '@keycourier/journey/ports/ledger';
import { offboard } from '@keycourier/journey/requests/offboard';
import { recheck } from '@keycourier/journey/requests/recheck';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { createWithoutNotify } from '../shipments/create-shipment.ts';
import { grantSlots } from '../shipments/grant-slots.ts';
import { moveAlone } from '../shipments/move.ts';
import { loginIndexOf } from '../shipments/person.ts';

/**
 * Writes what intake decided about an event, and what follows from it, in one transaction: the shipment that it opens,
 * the held shipments that it sends back to the check, or the reason why it is ignored. A settled event stays as it is.
 * @throws LedgerError `event_missing`
 */
export async function recordVerdict(
  ledger: Ledger,
  eventId: string,
  verdict: Verdict,
  pinPolicy: PinPolicy,
): Promise<RecordedVerdict> {
  const settled = await ledger.db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId);
    if (event.state !== 'received') return asProcessed(event);
    const following = await follow(ledger, tx, event.tenant, { verdict, pinPolicy });
    if (following.outcome === 'check_under_way') return following;
    await writeProcessed(ledger, tx, eventId, following);
    return following;
  });
  if (settled.outcome !== 'ignored') ledger.notifier.notify();
  return settled;
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

async function writeProcessed(ledger: Ledger, tx: Tx, eventId: string, settled: RecordedVerdict): Promise<void> {
  await tx
    .with('outbox_gone', (db) => db.deleteFrom('outbox').where('subject_id', '=', eventId))
    .updateTable('inbound_events')
    .set({
      state: settled.outcome === 'ignored' ? 'ignored' : 'accepted',
      reason: settled.outcome === 'ignored' ? settled.reason : settled.outcome,
      shipment_id: settled.outcome === 'created' ? settled.shipmentId : null,
      processed_at: ledger.now(),
    })
    .where('id', '=', eventId)
    .execute();
}

async function follow(
  ledger: Ledger,
  tx: Tx,
  tenant: string,
  { verdict, pinPolicy }: { verdict: Verdict; pinPolicy: PinPolicy },
): Promise<RecordedVerdict> {
  switch (verdict.verdict) {
    case 'ignored':
      return { outcome: 'ignored', reason: verdict.reason };
    case 'key_request': {
      const opened = await createWithoutNotify(ledger, tx, { ...verdict.request, pinPolicy });
      if (opened.outcome === 'created') return { outcome: 'created', shipmentId: opened.shipment.id };
      return { outcome: 'ignored', reason: `${opened.outcome} (${opened.shipmentId})` };
    }
    case 'recheck':
      return recheckHeld(ledger, tx, tenant, verdict);
    case 'leaver':
      return offboardAll(ledger, tx, tenant, verdict);
  }
}

/** Everything of a leaver's that can still be taken back: what is under way, and the keys that they have. */
async function offboardAll(
  ledger: Ledger,
  tx: Tx,
  tenant: string,
  leaver: Extract<Verdict, { verdict: 'leaver' }>,
): Promise<RecordedVerdict> {
  const theirs = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', leaver.userId)
    .where('dry_run', '=', false)
    .where(({ or, eb }) =>
      or([eb('order_state', 'not in', ['closed', 'cancelled', 'failed']), eb('credential_state', '=', 'active')]),
    )
    .orderBy('id')
    .forUpdate()
    .execute();
  const shipmentIds = await moveAll(ledger, tx, tenant, {
    ids: theirs.map(({ id }) => id),
    decide: (shipment) => offboard(shipment, leaver),
  });
  if (shipmentIds.length === 0) return { outcome: 'ignored', reason: 'nothing of this person can be taken back' };
  return { outcome: 'offboarded', shipmentIds };
}

/** Moves shipments that are locked already, in their order, and stirs the line last: two moves at once could deadlock with others'. */
async function moveAll(
  ledger: Ledger,
  tx: Tx,
  tenant: string,
  { ids, decide }: { ids: readonly string[]; decide: (shipment: Shipment) => Decision | null },
): Promise<string[]> {
  const moved: string[] = [];
  let mayFreeSlot = false;
  for (const id of ids) {
    const step = await moveAlone(ledger, tx, id, decide);
    if (step.moved.outcome === 'moved') moved.push(id);
    mayFreeSlot ||= step.mayFreeSlot;
  }
  if (mayFreeSlot) await grantSlots(ledger, tx, tenant);
  return moved;
}

async function recheckHeld(
  ledger: Ledger,
  tx: Tx,
  tenant: string,
  { userId, login }: Extract<Verdict, { verdict: 'recheck' }>,
): Promise<RecordedVerdict> {
  const loginIndex = login === null ? null : loginIndexOf(ledger, login);
  if (await isCheckUnderWay(tx, tenant, { userId, loginIndex })) return { outcome: 'check_under_way' };
  const held = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where('hold_code', 'is not', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  const shipmentIds = await moveAll(ledger, tx, tenant, {
    ids: held.map(({ id }) => id),
    decide: (shipment) => recheck(shipment, 'profile_changed'),
  });
  if (shipmentIds.length === 0)
    return { outcome: 'ignored', reason: 'nothing of this person waits for a profile change' };
  return { outcome: 'rechecked', shipmentIds };
}

/** A check that reads the profile right now could hold the shipment for what this very change has mended. */
async function isCheckUnderWay(
  tx: Tx,
  tenant: string,
  { userId, loginIndex }: { userId: string; loginIndex: string | null },
): Promise<boolean> {
  const checking = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where(({ or, and, eb }) =>
      or([eb('okta_user_id', '=', userId), and([eb('okta_user_id', 'is', null), eb('login_index', '=', loginIndex)])]),
    )
    .where('order_state', 'in', ['requested', 'ready', 'enrolled'])
    .where('profile_checked', '=', false)
    .where('hold_code', 'is', null)
    .where('dry_run', '=', false)
    .limit(1)
    .executeTakeFirst();
  return checking !== undefined;
}

function asProcessed({ state, reason, shipment_id: shipmentId }: LockedEvent): RecordedVerdict {
  if (state === 'accepted' && shipmentId !== null) return { outcome: 'created', shipmentId };
  return { outcome: 'ignored', reason: reason ?? state };
}
