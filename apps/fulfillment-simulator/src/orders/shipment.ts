import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

import { productDataSchema } from '../programming/program-key.ts';

const text = z.string();

const verdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deliverable') }),
  z.object({ kind: z.literal('undeliverable'), foundBy: z.enum(['quick_check', 'full_check']) }),
  z.object({
    kind: z.literal('suggestion'),
    suggestion: z.object({
      suggest_street_line1: text,
      suggest_street_line2: text,
      suggest_city: text,
      suggest_region: text,
      suggest_postal_code: text,
    }),
  }),
]);

/** A row of `shipments`, with the provider's own names. Times in `…_ms` are provider time, dates are the wall clock's. */
export const shipmentSchema = z.object({
  shipment_id: text,
  organization: text,
  customer_reference: text.nullable(),
  delivery_type: z.number(),
  recipient: z.object({
    recipient_company: text,
    recipient_email: text,
    recipient_firstname: text,
    recipient_lastname: text,
    recipient_telephone: text,
  }),
  mailing_address: z.object({
    street_line1: text,
    street_line2: text,
    city: text,
    region: text,
    postal_code: text,
    country_code_2: text,
  }),
  address_validation_bypass: z.boolean(),
  item: z.object({ product_id: z.number(), inventory_product_id: z.number(), customization_id: text }),
  pin_request_jwe: text.nullable(),
  credential_request_jwes: z.array(text).nullable(),
  verdict,
  route_started_ms: z.number(),
  next_change_ms: z.number().nullable(),
  state_id: z.number(),
  set_by_hand: z.boolean(),
  product_data: productDataSchema.nullable(),
  requested_at: z.date(),
  updated_at: z.date(),
  shipped_at: z.date().nullable(),
  delivered_at: z.date().nullable(),
});

export type Shipment = z.infer<typeof shipmentSchema>;

/** The controls leave out `organization` to find a shipment of any organization. */
export interface WhichShipment {
  shipmentId: string;
  organization?: string;
}

const find =
  'select * from shipments where shipment_id = $1 and ($2::text is null or organization = $2) and deleted_at is null';

export async function readShipment(client: Pool | PoolClient, which: WhichShipment): Promise<Shipment | undefined> {
  const { rows } = await client.query(find, [which.shipmentId, which.organization ?? null]);
  return shipmentSchema.optional().parse(rows[0]);
}

/** The same with a row lock until the transaction ends. */
export async function lockShipment(client: PoolClient, which: WhichShipment): Promise<Shipment | undefined> {
  const { rows } = await client.query(`${find} for update`, [which.shipmentId, which.organization ?? null]);
  return shipmentSchema.optional().parse(rows[0]);
}

/** Writes all columns of a locked shipment that can change. */
export async function saveShipment(client: PoolClient, shipment: Shipment): Promise<void> {
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  await client.query(
    `update shipments set delivery_type = $2, recipient = $3, mailing_address = $4, address_validation_bypass = $5,
       pin_request_jwe = $6, credential_request_jwes = $7, verdict = $8, route_started_ms = $9, next_change_ms = $10,
       state_id = $11, set_by_hand = $12, product_data = $13, updated_at = $14, shipped_at = $15, delivered_at = $16
     where shipment_id = $1`,
    [
      shipment.shipment_id,
      shipment.delivery_type,
      json(shipment.recipient),
      json(shipment.mailing_address),
      shipment.address_validation_bypass,
      shipment.pin_request_jwe,
      json(shipment.credential_request_jwes),
      json(shipment.verdict),
      shipment.route_started_ms,
      shipment.next_change_ms,
      shipment.state_id,
      shipment.set_by_hand,
      json(shipment.product_data),
      shipment.updated_at,
      shipment.shipped_at,
      shipment.delivered_at,
    ],
  );
}
