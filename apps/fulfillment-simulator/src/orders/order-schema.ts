import { z } from 'zod';

import { optionalNote, requiredText } from '../address/field-text.ts';
import { mailingAddress } from '../address/mailing-address.ts';
import { customizationIds, findInventory, findProduct } from '../stock/products.ts';

/** Lengths in bytes, as Yubico documents them. */
export const recipient = z.preprocess(
  (value) => value ?? {},
  z.object({
    recipient_company: requiredText(20),
    recipient_email: requiredText(80).refine(
      (value) => value === '' || /^[^\s@]+@[^\s@]+$/.test(value),
      'is not an e-mail address',
    ),
    recipient_firstname: requiredText(15),
    recipient_lastname: requiredText(20),
    recipient_telephone: requiredText(40),
  }),
);

const deliveryType = z.union([z.literal(1), z.literal(2)], 'must be 1 (normal) or 2 (expedited)');

const customization = z.object({
  fido_pin_request: z.string('is required'),
  fido_credential_requests: z.array(z.string('must be a compact JWE'), 'is required').min(1, 'is required').max(10),
});

const item = z
  .object({
    product_id: z
      .int('must be a number')
      .refine((id) => findProduct(id) !== undefined, 'is not a product of this organization'),
    inventory_product_id: z
      .int('must be a number')
      .refine((id) => findInventory(id) !== undefined, 'is not an inventory of this organization'),
    product_quantity: z.literal(1, 'must be 1'),
    customization_id: z
      .string('is required')
      .refine((id) => customizationIds.has(id), 'is not a customization of this organization'),
    product_customizations: z.array(customization, 'is required').length(1, 'must have exactly one entry'),
  })
  .superRefine(({ product_id: productId, inventory_product_id: inventoryProductId }, check) => {
    const inventory = findInventory(inventoryProductId);
    if (
      inventory !== undefined &&
      findProduct(productId) !== undefined &&
      !inventory.productMapping.includes(productId)
    )
      check.addIssue({
        code: 'custom',
        path: ['inventory_product_id'],
        message: `has no stock of product ${productId}`,
      });
  });

/** What can be changed while the order is not locked: recipient, address and delivery type. */
export const editableSchema = z.object(
  {
    delivery_type: deliveryType,
    recipient,
    mailing_address: mailingAddress,
    /** Ships to the address as written: rejects a suggestion. Documented for ordinary shipments, assumed for these. */
    address_validation_bypass: z.boolean().default(false),
  },
  'must be a JSON object',
);

export const orderSchema = editableSchema.extend({
  customer_reference: optionalNote(50),
  shipment_items: z.array(item, 'is required').length(1, 'must have exactly one entry'),
});

export type Order = z.infer<typeof orderSchema>;
export type Editable = z.infer<typeof editableSchema>;
