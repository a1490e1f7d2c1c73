import type { Change, Decision } from '../model/change.ts';
import { isOpen, type PlanState } from '../model/plan.ts';
import { requestCancel } from '../model/request-cancel.ts';
import type { Shipment } from '../model/shipment.ts';
import { isCovered } from '../model/suspend.ts';

export interface Leaver {
  /** The group that they left; null for one who was deactivated. */
  groupId: string | null;
  cancels: boolean;
  revokes: boolean;
  /** By a SCIM client: the connection, and when it deactivated the person. */
  directory?: { by: string; deactivatedAt: Date | null };
}

/**
 * Cancels the shipment of a user who left the group or was deactivated, as long as the provider allows it. A key that
 * is shipped nevertheless has its credential revoked.
 * @returns null where there is nothing to cancel or revoke
 */
export function offboard(shipment: Shipment, { groupId, cancels, revokes, directory }: Leaver): Decision | null {
  if (groupId !== null && shipment.groupId !== groupId) return null;
  if (isLiftedFor(shipment, directory?.deactivatedAt ?? null)) return null;
  const because = groupId === null ? 'deactivated' : 'left_group';
  const detail = { because, ...(directory && { by: directory.by }) };
  const result = cancels ? requestCancel(shipment) : null;
  const cancel = result?.outcome === 'granted' ? result.decision : null;
  // Also with a cancel: the provider may have locked the order already, and then its key must be useless.
  const revoke: Change | null = revokes && isRevocable(shipment.plan) ? { revokeRequested: true } : null;
  if (cancel !== null) return { change: { ...cancel.change, ...revoke }, note: { ...cancel.note, detail } };
  return revoke === null ? null : { change: revoke, note: { event: 'credential.revoke_requested', detail } };
}

/** An operator let the shipment go on although its person is deactivated. */
const isLiftedFor = ({ plan, suspension }: Shipment, deactivatedAt: Date | null): boolean =>
  isOpen(plan) && deactivatedAt !== null && suspension?.isLifted === true && isCovered({ suspension }, deactivatedAt);

/** There is a credential, or there will be one. Before the order that is the end of the whole shipment. */
const isRevocable = ({ order, revokeRequested, dryRun }: PlanState): boolean =>
  !dryRun && !revokeRequested && order !== 'cancelled' && order !== 'failed';
