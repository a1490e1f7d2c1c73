import { applyChange, type Decision } from '@keycourier/journey/change';
import type { Moved } from '@keycourier/journey/context';
import type { Shipment } from '@keycourier/journey/shipment';

import { knockAgain, syncKnocks } from '../knocks/sync-knocks.ts';
import type { Ledger, Tx } from '../open-ledger.ts';
import { fillSlots } from './fill-slots.ts';
import { lockShipment } from './lock-shipment.ts';
import { isOneOpenShipmentClash, personOf } from './person.ts';
import { writeSecrets } from './secrets.ts';
import { columnsOf } from './shipment-row.ts';

/**
 * The one write verb: lock the row, decide purely, write state, history and knocks in one transaction.
 * `decide` answers null when there is nothing (left) to do; it may run more than once and has no effects.
 * @throws JourneyError `illegal_move`, LedgerError `shipment_missing`
 */
export async function move(
  ledger: Ledger,
  shipmentId: string,
  decide: (shipment: Shipment) => Decision | null,
): Promise<Moved> {
  try {
    return await ledger.db.transaction().execute((tx) => moveIn(ledger, tx, shipmentId, decide));
  } catch (error) {
    if (!isOneOpenShipmentClash(error)) throw error;
    return ledger.db.transaction().execute((tx) => tellTheOther(ledger, tx, shipmentId, decide));
  }
}

/** The same, inside a transaction of the caller's that must commit with it. */
export async function moveIn(
  ledger: Ledger,
  tx: Tx,
  shipmentId: string,
  decide: (shipment: Shipment) => Decision | null,
): Promise<Moved> {
  const before = await lockShipment(ledger, tx, shipmentId);
  const decision = decide(before);
  if (decision === null) return { outcome: 'declined', shipment: before };
  const { change, note } = decision;
  const now = ledger.now();
  const after = applyChange(before, change, now);
  await tx
    .updateTable('shipments')
    .set({
      ...columnsOf(after),
      ...(after.user.id !== before.user.id && after.user.id !== null ? { person: personOf(ledger, after.user.id, null) } : {}),
      ...(change.secrets?.login ? { login_index: ledger.sealing.blindIndex(change.secrets.login.toLowerCase()) } : {}),
    })
    .$if(change.rejoinLine === true, (query) => query.set(({ fn, val }) => ({ line: fn('nextval', [val('line_number')]) })))
    .where('id', '=', shipmentId)
    .execute();
  if (change.secrets !== undefined) await writeSecrets(ledger, tx, shipmentId, change.secrets);
  await tx
    .insertInto('history')
    .values({ shipment_id: shipmentId, at: now, event: note.event, detail: JSON.stringify({ ...note.detail, ...facetsMoved(before, after) }) })
    .execute();
  await syncKnocks(ledger, tx, after);
  if (change.knockAgain === true) await knockAgain(ledger, tx, shipmentId);
  if (changesTheLine(before, after)) await fillSlots(ledger, tx, after.tenant);
  return { outcome: 'moved', shipment: after };
}

async function tellTheOther(
  ledger: Ledger,
  tx: Tx,
  shipmentId: string,
  decide: (shipment: Shipment) => Decision | null,
): Promise<Moved> {
  const shipment = await lockShipment(ledger, tx, shipmentId);
  const decision = decide(shipment);
  const userId = decision?.change.user?.id ?? shipment.user.id;
  const login = shipment.secrets.login ?? null;
  const other = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', shipment.tenant)
    .where('purpose', '=', shipment.purpose)
    .where('person', '=', personOf(ledger, userId, login))
    .where('dry_run', '=', false)
    .where('order_state', 'not in', ['closed', 'cancelled', 'failed'])
    .where('id', '!=', shipmentId)
    .executeTakeFirst();
  // Gone again in the meantime: whoever asked will ask again.
  if (other === undefined) return { outcome: 'declined', shipment };
  return { outcome: 'duplicate', of: other.id, shipment };
}

function facetsMoved(before: Shipment, after: Shipment): Record<string, string> {
  const moved: Record<string, string> = {};
  for (const facet of ['order', 'parcel', 'credential', 'pin'] as const)
    if (before.plan[facet] !== after.plan[facet]) moved[facet] = `${before.plan[facet]} → ${after.plan[facet]}`;
  if (before.hold?.code !== after.hold?.code) moved['hold'] = after.hold?.code ?? 'cleared';
  return moved;
}

function changesTheLine({ plan: before }: Shipment, { plan: after }: Shipment): boolean {
  return (
    before.order !== after.order ||
    before.held !== after.held ||
    before.profileChecked !== after.profileChecked ||
    before.inSlot !== after.inSlot
  );
}
