import { randomBytes } from 'node:crypto';

import type { PoolClient } from 'pg';

import { judgeAddress, type Verdict } from '../address/judge-address.ts';
import { nowAtProviderMs } from '../clock/advance-shipment.ts';
import { addressValidatedAfterMs } from '../clock/order-states.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { readStock, takeOne } from '../stock/stock.ts';
import { checkOrder, soldOut, type AcceptedOrder, type RefusedOrder } from './check-order.ts';
import type { Editable } from './order-schema.ts';
import { shipmentSchema, type Shipment } from './shipment.ts';

export type PlacedOrder = { outcome: 'placed'; shipment: Shipment } | RefusedOrder;

/** Takes a key from stock and creates a shipment in one transaction. The same order sent twice is two orders, as at Yubico. */
export async function placeOrder(context: Context, organization: string, body: unknown): Promise<PlacedOrder> {
  const checked = await checkOrder(body, context.keys, await readStock(context.pool, organization));
  if (checked.outcome === 'refused') return checked;
  return inTransaction(context.pool, async (client): Promise<PlacedOrder> => {
    if (!(await takeOne(client, organization, checked.order.inventory_product_id))) return soldOut;
    return { outcome: 'placed', shipment: await insert(context, client, { organization, order: checked.order }) };
  });
}

export const judge = (order: Editable): Verdict =>
  order.address_validation_bypass ? { kind: 'deliverable' } : judgeAddress(order.mailing_address);

async function insert(
  context: Context,
  client: PoolClient,
  { organization, order }: { organization: string; order: AcceptedOrder },
): Promise<Shipment> {
  const startedMs = await nowAtProviderMs(context, client);
  const { product_id, inventory_product_id, customization_id } = order;
  const { rows } = await client.query(
    `insert into shipments (shipment_id, organization, customer_reference, delivery_type, recipient, mailing_address,
       address_validation_bypass, item, pin_request_jwe, credential_request_jwes, verdict, route_started_ms,
       next_change_ms, state_id, requested_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 3, $14, $14) returning *`,
    [
      randomBytes(16).toString('base64url'),
      organization,
      order.customer_reference === '' ? null : order.customer_reference,
      order.delivery_type,
      JSON.stringify(order.recipient),
      JSON.stringify(order.mailing_address),
      order.address_validation_bypass,
      JSON.stringify({ product_id, inventory_product_id, customization_id }),
      order.pinRequestJwe,
      JSON.stringify(order.credentialRequestJwes),
      JSON.stringify(judge(order)),
      startedMs,
      startedMs + addressValidatedAfterMs,
      new Date(context.nowMs()),
    ],
  );
  return shipmentSchema.parse(rows[0]);
}
