import type { Change, Decision } from '../model/change.ts';
import type { PlanState } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Verdict } from '../ports/ledger.ts';
import { operatorActions } from './operator-actions.ts';

type Leaver = Extract<Verdict, { verdict: 'leaver' }>;

/**
 * What becomes of a shipment whose person left the group or was deactivated: it is cancelled as long as the provider
 * allows it; a key that will come all the same has its credential revoked, so that it opens nothing.
 * @returns null where nothing is left to take back
 */
export function offboard(shipment: Shipment, { groupId, cancels, revokes }: Omit<Leaver, 'verdict'>): Decision | null {
  if (groupId !== null && shipment.groupId !== groupId) return null;
  const detail = { because: groupId === null ? 'deactivated' : 'left_group' };
  const asked = cancels ? operatorActions.cancel(shipment) : null;
  const cancel = asked?.outcome === 'granted' ? asked.decision : null;
  // Also with a cancel: the provider may have locked the order already, and then its key is to open nothing.
  const revoke: Change | null = revokes && isRevocable(shipment.plan) ? { revokeRequested: true } : null;
  if (cancel !== null) return { change: { ...cancel.change, ...revoke }, note: { ...cancel.note, detail } };
  return revoke === null ? null : { change: revoke, note: { event: 'credential.revoke_requested', detail } };
}

/** There is a credential, or there will be one. Before the order that is the end of the whole shipment. */
const isRevocable = ({ order, revokeRequested, dryRun }: PlanState): boolean =>
  !dryRun && !revokeRequested && order !== 'cancelled' && order !== 'failed';
