import { stepMadeNext } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Chain, Finished, Moved, StepAttempt } from '@keycourier/journey/ports/ledger';
import { z } from 'zod';

import { claimedOf, claiming, type Claim } from '../attempts/claim-message.ts';
import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { commitWithLast, sendTogether } from '../transactions.ts';
import { versionOf, withVersion } from './decrypt-row.ts';
import { grantAfterMove, grantToWaiting, lockingSlots } from './grant-slots.ts';
import { writingDecision, writtenOf, writtenRows, type Writing, type Written } from './write-decision.ts';

interface Making {
  writing: Writing;
  moved: Moved;
  /** Absent where no step may follow. */
  finish: { chain: Chain; leaseMs: number } | undefined;
}

/**
 * Writes a move that leaves its shipment waiting for a slot, grants the tenant's free slots, and claims the step that a slot makes
 * next, in one message: where another move came first, only the grant of others is committed. The intent of that step, where it
 * has one, is a move of its own.
 * @returns null where the row is another version
 */
export async function moveIntoSlot(ledger: Ledger, { writing, moved, finish }: Making): Promise<Finished | null> {
  const { after } = writing.decided;
  const { shipment } = inSlot(moved);
  const claim = finish === undefined ? null : claimInSlot(writing, { shipment, finish });
  const { written, granted, next } = await writeAndGrant(ledger, writing, claim);
  if (granted.length > (next === null ? 0 : 1) || written?.isDue === true) ledger.notifier.notify();
  if (written === null) return null;
  if (granted.includes(after.id)) return { moved: inSlot(moved), next };
  // A slot may have become free that this transaction could not see.
  await grantAfterMove(ledger, after.tenant);
  return { moved, next };
}

/** The slot was granted in the transaction of the move: the row's version is the same. */
export function inSlot(moved: Moved): Moved {
  const { shipment } = moved;
  const version = versionOf(shipment);
  const granted = { ...shipment, plan: { ...shipment.plan, inSlot: true } };
  return { ...moved, shipment: version === undefined ? granted : withVersion(granted, version) };
}

function claimInSlot(
  { decided: { before } }: Writing,
  { shipment, finish: { chain, leaseMs } }: { shipment: Shipment; finish: NonNullable<Making['finish']> },
): Claim | null {
  const step = stepMadeNext(before.plan, shipment.plan);
  if (step === null || !chain.admit(step, shipment)) return null;
  return { step, shipmentId: shipment.id, dispatchId: null, leaseMs, known: shipment, id: newId('run') };
}

interface Sent {
  written: Written | null;
  granted: readonly string[];
  next: StepAttempt | null;
}

/** The tenant's row is locked by a statement before the grant, which sees what others committed until then. */
function writeAndGrant(ledger: Ledger, writing: Writing, claim: Claim | null): Promise<Sent> {
  const { tenant } = writing.decided.after;
  const statements = [writingDecision(ledger, writing), ...lockingSlots(tenant)];
  const grant = grantToWaiting(ledger, tenant);
  return commitWithLast(ledger.db, async (tx) => async (last) => {
    if (claim === null) {
      const { before, rows } = await sendTogether(tx, statements, () => grant.execute(last));
      return { written: writtenOf(writing, writtenRows.parse(before[0])), granted: idsOf(rows), next: null };
    }
    const { before, rows } = await sendTogether(tx, [...statements, grant], () =>
      claiming(ledger, claim).execute(last),
    );
    const written = writtenOf(writing, writtenRows.parse(before[0]));
    return { written, granted: idsOf(grantedRows.parse(before.at(-1))), next: claimedOf(ledger, claim, rows) };
  });
}

const grantedRows = z.array(z.object({ id: z.string() }));
const idsOf = (rows: readonly { id: string }[]): readonly string[] => rows.map(({ id }) => id);
