import type { Decision } from '@keycourier/journey/model/change';
import type { Problem, Shipment } from '@keycourier/journey/model/shipment';
import type { ActionResult, RefusalCode, SecondHandNeeded } from '@keycourier/journey/requests/operator-actions';
import type { Actor, Anchor, NewAuditEntry } from '@keycourier/ledger/audit/entry';
import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';
import { pushForRetry } from '@keycourier/ledger/hub/key-people';
import { moveAlongside } from '@keycourier/ledger/shipments/move';

/** How an action that was requested for a shipment ended, with the shipment as it is now. */
export type Applied =
  /** Moved, or requested before: a repeat changes nothing, and is no audit entry (`recorded` is null). */
  | { outcome: 'applied'; shipment: Shipment; recorded: Anchor | null }
  | {
      outcome: 'refused';
      code: Exclude<RefusalCode, 'second_hand_needed'>;
      problems?: readonly Problem[] | undefined;
      shipment: Shipment;
    }
  /** Another hand has to act. The attempt is an audit entry. */
  | {
      outcome: 'refused';
      code: 'second_hand_needed';
      because: SecondHandNeeded;
      shipment: Shipment;
      recorded: Anchor | null;
    }
  /** The person has another open shipment for this purpose. */
  | { outcome: 'duplicate'; of: string; shipment: Shipment }
  /** The state changed between the decision and the write. */
  | { outcome: 'changed_meanwhile'; shipment: Shipment };

/** Who acts, and why: one audit entry about the shipment. */
export type Act = Pick<NewAuditEntry, 'actor' | 'action' | 'reason' | 'requestId' | 'detail'>;

/**
 * Decides an action for the shipment's current version and applies it, with its audit entry in the same transaction. The
 * history, which is kept for good, names an API key by its id, and no operator: the audit entry does, until it is erased. An
 * attempt that needs a second hand has an entry, too.
 */
export async function applyAction(
  ledger: Ledger,
  shipmentId: string,
  {
    act,
    decide,
    alongside,
  }: {
    act: Act;
    decide: (shipment: Shipment) => ActionResult;
    /** What else is committed with the move, or not at all. */
    alongside?: (tx: Tx) => Promise<void>;
  },
): Promise<Applied> {
  let recorded: Anchor | null = null;
  const seen: { before: Shipment | null } = { before: null };
  const moved = await moveAlongside(ledger, shipmentId, {
    decide: (current) => {
      seen.before = current;
      return grant(decide(current), act.actor);
    },
    alongside: async (tx, { id, tenant }) => {
      await alongside?.(tx);
      const entry = { ...act, tenant, subject: { kind: 'shipment', id } };
      recorded = await recordAudit({ ...ledger, db: tx }, entry);
    },
  });
  switch (moved.outcome) {
    case 'moved':
      // After the commit: the end of a push locks the person before their shipments.
      if (seen.before !== null && act.action === 'shipment.retry') await pushForRetry(ledger, seen.before);
      return { outcome: 'applied', shipment: moved.shipment, recorded };
    case 'duplicate':
      return moved;
    case 'declined':
      return recordAttempt(ledger, act, explain(decide(moved.shipment), moved.shipment));
  }
}

async function recordAttempt(ledger: Ledger, act: Act, applied: Applied): Promise<Applied> {
  if (applied.outcome !== 'refused' || applied.code !== 'second_hand_needed') return applied;
  const { id, tenant } = applied.shipment;
  const recorded = await recordAudit(ledger, {
    ...act,
    tenant,
    action: 'shipment.pin_refused',
    subject: { kind: 'shipment', id },
    detail: { ...act.detail, refused: applied.because, action: act.action },
  });
  return { ...applied, recorded };
}

function grant(result: ActionResult, { kind, id }: Actor): Decision | null {
  if (result.outcome !== 'granted') return null;
  const { change, note } = result.decision;
  const by = kind === 'operator' ? kind : id;
  return { change, note: { ...note, detail: { ...note.detail, by } } };
}

/** The decision is pure: repeated on the same state, it returns the reason. */
function explain(result: ActionResult, shipment: Shipment): Applied {
  switch (result.outcome) {
    case 'already':
      return { outcome: 'applied', shipment, recorded: null };
    case 'refused':
      return result.code === 'second_hand_needed'
        ? { outcome: 'refused', code: result.code, because: result.because, shipment, recorded: null }
        : { outcome: 'refused', code: result.code, problems: result.problems, shipment };
    case 'granted':
      return { outcome: 'changed_meanwhile', shipment };
  }
}
