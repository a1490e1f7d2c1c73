import { operatorActions } from '../requests/operator-actions.ts';
import { recall } from '../requests/offboard.ts';
import type { House } from './harness.ts';

/**
 * What is asked for while a journey is under way. `cancel`: a person takes the request back. `cancel_too_late`: and the
 * provider has locked the order just before. `revoke`: the person is deactivated, and their credential is to go.
 * `recall`: and their request, too, where that can still be done.
 */
export type WishKind = 'cancel' | 'cancel_too_late' | 'revoke' | 'recall';

/** When it is asked for: just before the call with this running number. */
export interface Wish {
  at: number;
  kind: WishKind;
}

export function make(house: House, { kind }: Wish): void {
  if (kind === 'cancel_too_late') lockOrder(house);
  if (kind === 'cancel' || kind === 'cancel_too_late')
    house.ledger.move('shp_1', (shipment) => {
      const asked = operatorActions.cancel(shipment);
      return asked.outcome === 'granted' ? asked.decision : null;
    });
  if (kind === 'cancel' || kind === 'cancel_too_late') return;
  house.org.users = house.org.users.map((user) => ({ ...user, status: 'DEPROVISIONED' }));
  const leaver = { userId: '00u1', groupId: null, cancels: kind === 'recall', revokes: true };
  house.ledger.move('shp_1', (shipment) => recall(shipment, leaver));
}

/** In its daily run; nobody has looked at the order since. */
function lockOrder({ provider, shipment }: House): void {
  const { providerId } = shipment().order;
  const ours = provider.orders.find(({ orderId }) => orderId === providerId);
  if (ours === undefined) return;
  provider.route = provider.route.filter((stateId) => stateId > 9);
  ours.stateId = Math.max(ours.stateId, 100);
}
