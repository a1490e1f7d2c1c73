import { z } from 'zod';

import { enterStage, settleLocked } from '../clock/settle-shipment.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { lockShipment, type Shipment } from '../orders/shipment.ts';

export const stateRequestSchema = z.strictObject({ stateId: z.int().min(0).max(1_000_000).nullable() });

/**
 * Puts a shipment into any state, where it stays: the clock leaves it alone until `null` hands it back, and then it is
 * where the clock would have brought it. 103 and 104 program the key as on the usual way. Undefined: no such shipment.
 */
export async function setState(
  context: Context,
  shipmentId: string,
  stateId: number | null,
): Promise<Shipment | undefined> {
  return inTransaction(context.pool, async (client) => {
    const shipment = await lockShipment(client, { shipmentId });
    if (shipment === undefined) return undefined;
    if (stateId !== null)
      return enterStage(context, client, { ...shipment, set_by_hand: true }, { stateId, nextAfterMs: null });
    return settleLocked(context, client, {
      ...shipment,
      set_by_hand: false,
      next_change_ms: shipment.route_started_ms,
    });
  });
}
