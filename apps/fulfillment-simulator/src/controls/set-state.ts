import { z } from 'zod';

import { enterState, advanceLocked } from '../clock/advance-shipment.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { lockShipment, type Shipment } from '../orders/shipment.ts';

export const stateRequestSchema = z.strictObject({ stateId: z.int().min(0).max(1_000_000).nullable() });

/**
 * Puts a shipment into any state, where the clock leaves it until `null` resets it to the state of the provider's time.
 * 103 and 104 program the key, as usual. Undefined if there is no such shipment.
 */
export const setState = (context: Context, shipmentId: string, stateId: number | null): Promise<Shipment | undefined> =>
  inTransaction(context.pool, async (client) => {
    const shipment = await lockShipment(client, { shipmentId });
    if (shipment === undefined) return undefined;
    if (stateId === null) return advanceLocked(context, client, leftToClock(shipment));
    const state = { stateId, nextAfterMs: null };
    return enterState(context, client, { shipment: { ...shipment, set_by_hand: true }, state });
  });

function leftToClock(shipment: Shipment): Shipment {
  return { ...shipment, set_by_hand: false, next_change_ms: shipment.route_started_ms };
}
