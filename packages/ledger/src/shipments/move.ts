import { applyChange, type Decision } from '@keycourier/journey/model/change';
import { isOpen, isWaitingForSlot } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Moved } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { notifyRelay } from '../outbox/notify-relay.ts';
import { grantSlots } from './grant-slots.ts';
import { lockShipment } from './lock-shipment.ts';
import { isOneOpenShipmentClash, personOf } from './person.ts';
import { writeDecision } from './write-decision.ts';

type Decide = (shipment: Shipment) => Decision | null;

/**
 * The one write verb: lock the row, decide purely, write state, history, secrets and knocks in one transaction.
 * `decide` answers null when there is nothing (left) to do; it may run more than once and has no effects.
 * @throws JourneyError `illegal_move`, LedgerError `shipment_missing`
 */
export async function move(ledger: Ledger, shipmentId: string, decide: Decide): Promise<Moved> {
  const { moved, isDue } = await ledger.db.transaction().execute(async (tx) => {
    const step = await moveAlone(ledger, tx, shipmentId, decide);
    return step.mayFreeSlot ? grantFreeSlots(ledger, tx, step) : step;
  });
  if (isDue) ledger.notifier.notify();
  return moved;
}

/** The same, inside a transaction of the caller's that must commit with it. */
export async function moveIn(ledger: Ledger, tx: Tx, shipmentId: string, decide: Decide): Promise<Moved> {
  const step = await moveAlone(ledger, tx, shipmentId, decide);
  const { moved, isDue } = step.mayFreeSlot ? await grantFreeSlots(ledger, tx, step) : step;
  if (isDue) await notifyRelay(tx);
  return moved;
}

/** A move that is not told yet to its tenant's line, nor to the relay. */
export interface Step {
  moved: Moved;
  isDue: boolean;
  /** Somebody may have to be let in now: grantSlots() must run before the transaction ends. */
  mayFreeSlot: boolean;
}

/** Moves a shipment, and leaves the line to the caller: of several moves in one transaction, it is stirred once, at the end. */
export async function moveAlone(ledger: Ledger, tx: Tx, shipmentId: string, decide: Decide): Promise<Step> {
  const before = await lockShipment(ledger, tx, shipmentId);
  const decision = decide(before);
  if (decision === null) return unmoved({ outcome: 'declined', shipment: before });
  const after = applyChange(before, decision.change, ledger.now());
  const write = (): Promise<Written> => writeDecision(ledger, tx, { before, after, decision });
  const { isDue, duplicateOf } = mayClash(before, after)
    ? await writeUnlessOpen(ledger, tx, after, write)
    : await write();
  if (duplicateOf !== undefined) return unmoved({ outcome: 'duplicate', of: duplicateOf, shipment: before });
  return { moved: { outcome: 'moved', shipment: after }, isDue, mayFreeSlot: mayFreeSlot(before, after) };
}

const unmoved = (moved: Moved): Step => ({ moved, isDue: false, mayFreeSlot: isWaitingForSlot(moved.shipment.plan) });

async function grantFreeSlots(ledger: Ledger, tx: Tx, { moved, isDue }: Step): Promise<Pick<Step, 'moved' | 'isDue'>> {
  const { shipment } = moved;
  const granted = await grantSlots(ledger, tx, shipment.tenant);
  const isIn = granted.includes(shipment.id);
  return {
    moved: isIn ? { ...moved, shipment: { ...shipment, plan: { ...shipment.plan, inSlot: true } } } : moved,
    isDue: isDue || granted.length > 0,
  };
}

interface Written {
  isDue: boolean;
  /** The other open shipment, if there is one: then nothing was written. */
  duplicateOf?: string;
}

/** Whether a move could make this a second open shipment of somebody's. */
function mayClash(before: Shipment, after: Shipment): boolean {
  return isOpen(after.plan) && (before.user.id !== after.user.id || !isOpen(before.plan));
}

/**
 * Postgres alone can tell, since others move at the same moment. What it refuses is taken back to the savepoint, so that
 * the transaction and its lock go on; if the other one is over by then, the move is written after all.
 */
async function writeUnlessOpen(
  ledger: Ledger,
  tx: Tx,
  after: Shipment,
  write: () => Promise<Written>,
): Promise<Written> {
  await sql`savepoint one_open`.execute(tx);
  try {
    return await write();
  } catch (error) {
    if (!isOneOpenShipmentClash(error)) throw error;
  }
  await sql`rollback to savepoint one_open`.execute(tx);
  const duplicateOf = await findOther(ledger, tx, after);
  return duplicateOf === undefined ? writeUnlessOpen(ledger, tx, after, write) : { duplicateOf, isDue: false };
}

async function findOther(ledger: Ledger, tx: Tx, { id, tenant, purpose, user }: Shipment): Promise<string | undefined> {
  const other = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('purpose', '=', purpose)
    .where('person', '=', ({ selectFrom, val }) =>
      // Without an id, the person is whoever was asked for; the login itself may be erased by now.
      user.id === null
        ? selectFrom('shipments as own').select('own.person').where('own.id', '=', id)
        : val(personOf(ledger, user.id, null)),
    )
    .where('dry_run', '=', false)
    .where('order_state', 'not in', ['closed', 'cancelled', 'failed'])
    .where('id', '!=', id)
    .executeTakeFirst();
  return other?.id;
}

/**
 * Whether a move may let somebody in: a place became free, this one keeps those behind it back no longer, or it is one
 * that waits. Whoever so much as locks a waiting one must ask, since grantSlots() leaves it to those who hold it.
 */
function mayFreeSlot({ plan: before }: Shipment, { plan: after }: Shipment): boolean {
  const isFreed = before.inSlot && !after.inSlot;
  const isChecked = isYetToCheck(before) && !isYetToCheck(after);
  return isFreed || isChecked || isWaitingForSlot(before) || isWaitingForSlot(after);
}

const isYetToCheck = ({ order, held, dryRun }: Shipment['plan']): boolean => order === 'requested' && !held && !dryRun;
