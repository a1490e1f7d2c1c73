import { offboard } from '../requests/offboard.ts';
import { operatorActions } from '../requests/operator-actions.ts';
import type { Harness } from './harness.ts';
import { sampleState } from './sample-states.ts';

/**
 * What is asked for while a journey is under way. `cancel`: a person takes the request back. `cancel_too_late`: and the
 * provider has locked the order just before. `revoke`: the person is deactivated, and their credential is to go.
 * `recall`: and their request, too, where that can still be done.
 */
export type CancelRequestKind = 'cancel' | 'cancel_too_late' | 'revoke' | 'recall';

/** When it is asked for: just before the call with this running number. */
export interface CancelRequest {
  at: number;
  kind: CancelRequestKind;
}

export function make(harness: Harness, { kind }: CancelRequest): void {
  if (kind === 'cancel_too_late') lockOrder(harness);
  if (kind === 'cancel' || kind === 'cancel_too_late')
    harness.ledger.move('shp_1', (shipment) => {
      const asked = operatorActions.cancel(shipment);
      return asked.outcome === 'granted' ? asked.decision : null;
    });
  if (kind === 'cancel' || kind === 'cancel_too_late') return;
  harness.org.users = harness.org.users.map((user) => ({ ...user, status: 'deactivated' }));
  const leaver = { userId: '00u1', groupId: null, cancels: kind === 'recall', revokes: true };
  harness.ledger.move('shp_1', (shipment) => offboard(shipment, leaver));
}

/** In its daily run; nobody has looked at the order since. */
function lockOrder({ provider, shipment }: Harness): void {
  const { providerId } = shipment().order;
  const ours = provider.orders.find(({ orderId }) => orderId === providerId);
  if (ours === undefined) return;
  provider.route = provider.route.filter((stateId) => sampleState(stateId).isLocked);
  ours.stateId = Math.max(ours.stateId, 100);
}
