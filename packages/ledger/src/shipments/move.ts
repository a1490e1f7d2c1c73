import { applyChange, type Decision } from '@keycourier/journey/model/change';
import { isOpen as isOpenPlan, isWaitingForSlot } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Moved } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { requireRegistration } from '../registrations/require-registration.ts';
import { grantSlots } from './grant-slots.ts';
import { lockShipment } from './lock-shipment.ts';
import { isOneOpenShipmentClash, personOf } from './person.ts';
import { isOpen } from './plan-predicates.ts';
import { writeDecision } from './write-decision.ts';

type Decide = (shipment: Shipment) => Decision | null;

/**
 * The one write verb: lock the row, decide purely, write state, history, secrets and outbox messages in one transaction.
 * `decide` returns null when there is nothing (left) to do; it may run more than once and has no effects.
 * @throws JourneyError `illegal_move`, LedgerError `shipment_missing`
 */
export async function move(ledger: Ledger, shipmentId: string, decide: Decide): Promise<Moved> {
  const { moved, isDue } = await ledger.db.transaction().execute(async (tx) => {
    const made = await moveWithoutGrant(ledger, tx, { id: shipmentId, decide });
    return made.mayFreeSlot ? grantFreeSlots(ledger, tx, made) : made;
  });
  if (isDue) ledger.notifier.notify();
  return moved;
}

/**
 * Moves several shipments of one tenant in the caller's transaction, in the order of `ids`, and grants slots once, at the
 * end: granting between two moves could deadlock with other transactions.
 * @returns what became of each, and whether the relay must be notified after the commit
 */
export async function moveAll(
  ledger: Ledger,
  tx: Tx,
  { ids, decide }: { ids: readonly string[]; decide: Decide },
): Promise<{ moved: readonly Moved[]; isDue: boolean }> {
  const made: MoveBeforeGrant[] = [];
  for (const id of ids) made.push(await moveWithoutGrant(ledger, tx, { id, decide }));
  const freeing = made.find((one) => one.mayFreeSlot);
  const granted = freeing === undefined ? [] : await grantSlots(ledger, tx, freeing.moved.shipment.tenant);
  return { moved: made.map(({ moved }) => moved), isDue: granted.length > 0 || made.some(({ isDue }) => isDue) };
}

interface MoveBeforeGrant {
  moved: Moved;
  /** An outbox message is due that was not before. */
  isDue: boolean;
  /** grantSlots() must run before the transaction ends. */
  mayFreeSlot: boolean;
}

async function moveWithoutGrant(
  ledger: Ledger,
  tx: Tx,
  { id, decide }: { id: string; decide: Decide },
): Promise<MoveBeforeGrant> {
  const before = await lockShipment(ledger, tx, id);
  const decision = decide(before);
  if (decision === null) return unmoved({ outcome: 'declined', shipment: before });
  const after = applyChange(before, decision.change, ledger.now());
  const write = (): Promise<Written> => writeDecision(ledger, tx, { before, after, decision });
  const { isDue, duplicateOf } = mayClash(before, after)
    ? await writeUnlessOpen(tx, { write, findOther: () => findOther(ledger, tx, after) })
    : await write();
  if (duplicateOf !== undefined) return unmoved({ outcome: 'duplicate', of: duplicateOf, shipment: before });
  const isRegistrationDue = await requireRegistration(ledger, tx, { before, after });
  return {
    moved: { outcome: 'moved', shipment: after },
    isDue: isDue || isRegistrationDue,
    mayFreeSlot: mayFreeSlot(before, after),
  };
}

const unmoved = (moved: Moved): MoveBeforeGrant => ({
  moved,
  isDue: false,
  mayFreeSlot: isWaitingForSlot(moved.shipment.plan),
});

async function grantFreeSlots(
  ledger: Ledger,
  tx: Tx,
  { moved, isDue }: MoveBeforeGrant,
): Promise<Pick<MoveBeforeGrant, 'moved' | 'isDue'>> {
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
  /** The person's other open shipment: then nothing was written. */
  duplicateOf?: string;
}

/** Whether a move could make this the second open shipment of one person. */
function mayClash(before: Shipment, after: Shipment): boolean {
  return isOpenPlan(after.plan) && (before.user.id !== after.user.id || !isOpenPlan(before.plan));
}

/**
 * Only the unique index decides, since other transactions move at the same moment. A refused write is rolled back to the
 * savepoint, so that the transaction and its lock go on; if the other shipment has ended by then, the move is written.
 */
async function writeUnlessOpen(
  tx: Tx,
  { write, findOther: find }: { write: () => Promise<Written>; findOther: () => Promise<string | undefined> },
): Promise<Written> {
  await sql`savepoint one_open`.execute(tx);
  try {
    return await write();
  } catch (error) {
    if (!isOneOpenShipmentClash(error)) throw error;
  }
  await sql`rollback to savepoint one_open`.execute(tx);
  const duplicateOf = await find();
  return duplicateOf === undefined ? writeUnlessOpen(tx, { write, findOther: find }) : { duplicateOf, isDue: false };
}

async function findOther(ledger: Ledger, tx: Tx, { id, tenant, purpose, user }: Shipment): Promise<string | undefined> {
  const other = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('purpose', '=', purpose)
    .where('person', '=', ({ selectFrom, val }) =>
      // Without an id, the person is the one of the request; the login itself may be erased by now.
      user.id === null
        ? selectFrom('shipments as own').select('own.person').where('own.id', '=', id)
        : val(personOf(ledger, user.id, null)),
    )
    .where(isOpen)
    .where('id', '!=', id)
    .executeTakeFirst();
  return other?.id;
}

/**
 * Whether a move may let another shipment have a slot: one became free, this one no longer keeps later requests back, or
 * it waits itself. Locking a waiting shipment is enough: grantSlots() skips locked rows, so their transaction must call it.
 */
function mayFreeSlot({ plan: before }: Shipment, { plan: after }: Shipment): boolean {
  const isFreed = before.inSlot && !after.inSlot;
  const isChecked = isFirstCheckDue(before) && !isFirstCheckDue(after);
  return isFreed || isChecked || isWaitingForSlot(before) || isWaitingForSlot(after);
}

const isFirstCheckDue = ({ order, held, dryRun }: Shipment['plan']): boolean =>
  order === 'requested' && !held && !dryRun;
