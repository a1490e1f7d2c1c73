import { isDeepStrictEqual } from 'node:util';

import { z } from 'zod';

import { nowAtProviderMs, advanceLocked } from '../clock/advance-shipment.ts';
import { addressValidatedAfterMs, isEditable } from '../clock/order-states.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { problemsOf, type Problem } from '../http/answer.ts';
import type { RefusedOrder } from './check-order.ts';
import { editableSchema, type Editable } from './order-schema.ts';
import { judge } from './place-order.ts';
import { lockShipment, saveShipment, type Shipment, type WhichShipment } from './shipment.ts';

export type EditedOrder =
  | { outcome: 'edited'; shipment: Shipment }
  | RefusedOrder
  | { outcome: 'locked' }
  | { outcome: 'unknown' };

const repeatedItems = z.object({ shipment_items: z.array(z.object({ product_id: z.unknown() })) });

/**
 * Changes recipient, address and delivery type while the order is not locked; products cannot change. With another
 * address or another `address_validation_bypass`, the order returns to state 3.
 */
export const editOrder = async (context: Context, which: WhichShipment, body: unknown): Promise<EditedOrder> =>
  inTransaction(context.pool, async (client): Promise<EditedOrder> => {
    const locked = await lockShipment(client, which);
    if (locked === undefined) return { outcome: 'unknown' };
    const shipment = await advanceLocked(context, client, locked);
    if (!isEditable(shipment.state_id)) return { outcome: 'locked' };
    const parsed = editableSchema.safeParse(body);
    const problems = [...(parsed.success ? [] : problemsOf(parsed.error)), ...problemsOfItems(body, shipment)];
    if (parsed.data === undefined || problems.length > 0) return { outcome: 'refused', problems };
    const edited = {
      ...apply(shipment, parsed.data, await nowAtProviderMs(context, client)),
      updated_at: new Date(context.nowMs()),
    };
    await saveShipment(client, edited);
    return { outcome: 'edited', shipment: edited };
  });

function apply(shipment: Shipment, edit: Editable, providerMs: number): Shipment {
  const edited = { ...shipment, ...edit };
  const sameAddress = isDeepStrictEqual(edit.mailing_address, shipment.mailing_address);
  if (sameAddress && edit.address_validation_bypass === shipment.address_validation_bypass) return edited;
  const route = { route_started_ms: providerMs, next_change_ms: providerMs + addressValidatedAfterMs };
  return { ...edited, verdict: judge(edit), ...route, ...(shipment.set_by_hand ? {} : { state_id: 3 }) };
}

function problemsOfItems(body: unknown, { item }: Shipment): Problem[] {
  const repeated = repeatedItems.safeParse(body).data?.shipment_items ?? [];
  const same = repeated.every(({ product_id: id }) => id === item.product_id);
  return same ? [] : [{ field: 'shipment_items', message: 'cannot be changed' }];
}
