import type { Decision } from '@keycourier/journey/model/change';
import { isWaitingForSlot } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Moved } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { retryNow } from '../outbox/sync-outbox.ts';
import { requireRegistration } from '../registrations/require-registration.ts';
import { commitMoves } from './commit-moves.ts';
import { findOther, mayClash, mayFreeSlot } from './consequences.ts';
import { grantSlots } from './grant-slots.ts';
import { lockShipment } from './lock-shipment.ts';
import { isOneOpenShipmentClash } from './person.ts';
import { decided, undecided, writeDecision, type Decided } from './write-decision.ts';

type Decide = (shipment: Shipment) => Decision | null;

/**
 * The one write verb: decide purely about the shipment as it was read, and write state, history, secrets and outbox messages
 * in one transaction, if its row is still the same; else decide again. `decide` returns null when there is nothing (left) to
 * do; it may run more than once and has no effects.
 * @throws JourneyError `illegal_move`, LedgerError `shipment_missing`
 */
export async function move(ledger: Ledger, shipmentId: string, decide: Decide): Promise<Moved> {
  return (await commitMoves(ledger, { id: shipmentId, known: undefined, moves: [decide] })).moved;
}

/** The same, with what `alongside` writes in the same transaction, at its end and only if the shipment moves. */
export async function moveAlongside(
  ledger: Ledger,
  shipmentId: string,
  { decide, alongside }: { decide: Decide; alongside: (tx: Tx, shipment: Shipment) => Promise<unknown> },
): Promise<Moved> {
  return (await commitMoves(ledger, { id: shipmentId, known: undefined, moves: [decide], alongside })).moved;
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
  const made = decided(undecided(before), decision, ledger.now());
  const { after } = made;
  const write = (): Promise<Result> => writeLocked(ledger, tx, made);
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

interface Result {
  isDue: boolean;
  /** The person's other open shipment: then nothing was written. */
  duplicateOf?: string;
}

/** Writes a decision about a row that this transaction has locked. */
async function writeLocked(ledger: Ledger, tx: Tx, made: Decided): Promise<Result> {
  const written = await writeDecision(ledger, tx, { decided: made });
  if (written === null) throw new LedgerError('bad_row', `The locked shipment ${made.after.id} is another version`);
  if (made.isRetried) await retryNow(tx, made.after.id);
  return { isDue: written.isDue || made.isRetried };
}

/**
 * Only the unique index decides, since other transactions move at the same moment. A refused write is rolled back to the
 * savepoint, so that the transaction and its lock go on; if the other shipment has ended by then, the move is written.
 */
async function writeUnlessOpen(
  tx: Tx,
  { write, findOther: find }: { write: () => Promise<Result>; findOther: () => Promise<string | undefined> },
): Promise<Result> {
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
