import { advanceLocked } from '../clock/advance-shipment.ts';
import { isEditable } from '../clock/order-states.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { returnOne } from '../stock/stock.ts';
import { lockShipment, type WhichShipment } from './shipment.ts';

export type DeletedOrder = 'deleted' | 'locked' | 'unknown';

/** Deletes an order that is not locked yet: its key returns to stock and its request JWEs are cleared. */
export const deleteOrder = async (context: Context, which: WhichShipment): Promise<DeletedOrder> =>
  inTransaction(context.pool, async (client): Promise<DeletedOrder> => {
    const locked = await lockShipment(client, which);
    if (locked === undefined) return 'unknown';
    const shipment = await advanceLocked(context, client, locked);
    if (!isEditable(shipment.state_id)) return 'locked';
    await client.query(
      `update shipments set deleted_at = $2, updated_at = $2, pin_request_jwe = null, credential_request_jwes = null
       where shipment_id = $1`,
      [shipment.shipment_id, new Date(context.nowMs())],
    );
    await returnOne(client, shipment.organization, shipment.item.inventory_product_id);
    return 'deleted';
  });
