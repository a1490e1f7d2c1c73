import { offboard } from '../requests/offboard.ts';
import { operatorActions } from '../requests/operator-actions.ts';
import type { Harness } from './harness.ts';
import { sampleState } from './sample-states.ts';

/**
 * What is requested during a journey. `cancel`: an operator cancels; `cancel_too_late`: just after the provider locked the
 * order. `revoke`: the user is deactivated and their credential revoked; `offboard`: and their shipment cancelled, too,
 * where that is still possible.
 */
export type CancelRequestKind = 'cancel' | 'cancel_too_late' | 'revoke' | 'offboard';

/** `at`: it is requested just before the call with this running number. */
export interface CancelRequest {
  at: number;
  kind: CancelRequestKind;
}

export function make(harness: Harness, { kind }: CancelRequest): void {
  if (kind === 'cancel_too_late') lockOrder(harness);
  if (kind === 'cancel' || kind === 'cancel_too_late')
    harness.ledger.move('shp_1', (shipment) => {
      const result = operatorActions.cancel(shipment);
      return result.outcome === 'granted' ? result.decision : null;
    });
  if (kind === 'cancel' || kind === 'cancel_too_late') return;
  harness.org.users = harness.org.users.map((user) => ({ ...user, status: 'deactivated' }));
  const leaver = { userId: '00u1', groupId: null, cancels: kind === 'offboard', revokes: true };
  harness.ledger.move('shp_1', (shipment) => offboard(shipment, leaver));
}

/** The provider locks the order; it was not polled since. */
function lockOrder({ provider, shipment }: Harness): void {
  const { providerId } = shipment().order;
  const ours = provider.orders.find(({ orderId }) => orderId === providerId);
  if (ours === undefined) return;
  provider.route = provider.route.filter((stateId) => sampleState(stateId).isLocked);
  ours.stateId = Math.max(ours.stateId, 100);
}
