import type { SettledEvent, Verdict } from '@keycourier/journey/context';
import { recheck } from '@keycourier/journey/recheck';
import type { PinPolicy } from '@keycourier/journey/tenant';

import type { Ledger, Tx } from '../open-ledger.ts';
import { moveIn } from '../shipments/move.ts';
import { openShipment } from '../shipments/open-shipment.ts';
import { fillSlots } from '../shipments/fill-slots.ts';

/**
 * Writes what intake decided about an event, and what follows from it, in one transaction: the shipment that it opens,
 * the held shipments that it sends back to the check, or the reason why it is ignored. A settled event stays as it is.
 */
export async function settleEvent(
  ledger: Ledger,
  eventId: string,
  verdict: Verdict,
  pinPolicy: PinPolicy,
): Promise<SettledEvent> {
  return ledger.db.transaction().execute(async (tx) => {
    const event = await tx.selectFrom('inbound_events').selectAll().where('id', '=', eventId).forUpdate().executeTakeFirstOrThrow();
    if (event.state !== 'received') return asSettled(event.state, event.reason, event.shipment_id);
    const settled = await follow(ledger, tx, event.tenant, verdict, pinPolicy);
    await tx
      .updateTable('inbound_events')
      .set({
        state: settled.outcome === 'ignored' ? 'ignored' : 'accepted',
        reason: settled.outcome === 'ignored' ? settled.reason : settled.outcome,
        shipment_id: settled.outcome === 'opened' ? settled.shipmentId : null,
        settled_at: ledger.now(),
      })
      .where('id', '=', eventId)
      .execute();
    await tx.deleteFrom('knocks').where('subject_id', '=', eventId).execute();
    return settled;
  });
}

async function follow(ledger: Ledger, tx: Tx, tenant: string, verdict: Verdict, pinPolicy: PinPolicy): Promise<SettledEvent> {
  switch (verdict.verdict) {
    case 'ignored':
      return { outcome: 'ignored', reason: verdict.reason };
    case 'key_request': {
      const opened = await openShipment(ledger, tx, { ...verdict.request, pinPolicy });
      if (opened.outcome !== 'opened') return { outcome: 'ignored', reason: `${opened.outcome} (${opened.shipmentId})` };
      await fillSlots(ledger, tx, tenant);
      return { outcome: 'opened', shipmentId: opened.shipment.id };
    }
    case 'recheck':
      return recheckHeld(ledger, tx, tenant, verdict.userId);
  }
}

async function recheckHeld(ledger: Ledger, tx: Tx, tenant: string, userId: string): Promise<SettledEvent> {
  const held = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where('hold_code', 'is not', null)
    .execute();
  const rechecked: string[] = [];
  for (const { id } of held) {
    const moved = await moveIn(ledger, tx, id, (shipment) => recheck(shipment, 'profile_changed'));
    if (moved.outcome === 'moved') rechecked.push(id);
  }
  if (rechecked.length === 0) return { outcome: 'ignored', reason: 'nothing of this person waits for a profile change' };
  return { outcome: 'rechecked', shipmentIds: rechecked };
}

function asSettled(state: string, reason: string | null, shipmentId: string | null): SettledEvent {
  if (state === 'accepted' && shipmentId !== null) return { outcome: 'opened', shipmentId };
  return { outcome: 'ignored', reason: reason ?? state };
}
