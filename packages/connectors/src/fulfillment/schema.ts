import { outsideId } from '@keycourier/journey/model/outside-id';
import { z } from 'zod';

/**
 * The provider's answers, parsed tolerantly (invariant 8). An order comes in two shapes: nested from `/fpr/shipments`,
 * flat from `/shipments_exact` (YubicoLabs' yed-spoke-example and yed-self-service); a programmed key under two sets of names.
 */

const text = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim() || null)
  .nullish()
  .catch(null);
/** A number that JSON cannot carry exactly is another key's serial number. */
const serial = outsideId
  .transform((value) => value.trim() || null)
  .nullish()
  .catch(null);
const stateId = z.coerce.number().int().nullish().catch(null);

export const productDataSchema = z.looseObject({
  serial_number: serial,
  serial,
  firmware_version: text,
  version: text,
  fido_pin_response: text,
  fido_pin_copy: text,
  fido_credential_responses: z.array(z.string()).nullish().catch(null),
  fido_credential_response: z
    .union([z.array(z.string()), z.string().transform((one) => [one])])
    .nullish()
    .catch(null),
});

const itemSchema = z.looseObject({ product_data: z.array(productDataSchema).nullish().catch(null) });

export const orderSchema = z.looseObject({
  shipment_id: outsideId,
  shipment_state: z.looseObject({ shipment_state_id: stateId }).nullish().catch(null),
  shipment_state_id: stateId,
  customer_reference: text,
  recipient: z.looseObject({ recipient_email: text }).nullish().catch(null),
  recipient_email: text,
  shipment_request_date: text,
  carrier: text,
  tracking_number: text,
  tracking_link: text,
  suggest_street_line1: text,
  suggest_street_line2: text,
  suggest_city: text,
  suggest_region: text,
  suggest_postal_code: text,
  shipment_items: z.array(itemSchema).nullish().catch(null),
});

export type ProductData = z.infer<typeof productDataSchema>;
export type Order = z.infer<typeof orderSchema>;

/** An answer of any other shape is no empty list: read as one, it would hide an order that was placed. */
export const orderListSchema = z.union([
  z.looseObject({ shipments: z.array(orderSchema), total_count: z.number().int().nullish().catch(null) }),
  z.array(orderSchema).transform((shipments) => ({ shipments, total_count: null })),
]);

/** The provider's opinion of an address; the prose beside it is ignored. */
export const addressOpinionSchema = z.looseObject({ status: z.string().transform((status) => status.toLowerCase()) });

export const keySetSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

export const transportKeySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  use: z.literal('enc'),
  kid: z.string().min(1),
  x: z.string().min(1),
  y: z.string().min(1),
});
