import { z } from 'zod';

import { problemsOf, type Problem } from '../http/answer.ts';
import type { ProviderKeys } from '../keys/provider-keys.ts';
import { decryptCredentialRequest, decryptPinRequest } from '../programming/decrypt-requests.ts';
import type { StockRow } from '../stock/stock.ts';
import { orderSchema, type Order } from './order-schema.ts';

export interface AcceptedOrder extends Order {
  product_id: number;
  inventory_product_id: number;
  customization_id: string;
  pinRequestJwe: string;
  credentialRequestJwes: string[];
}

export interface RefusedOrder {
  outcome: 'refused';
  problems: readonly Problem[];
}

export type CheckedOrder = { outcome: 'accepted'; order: AcceptedOrder } | RefusedOrder;

const outOfStock: Problem = { field: 'shipment_items[0].inventory_product_id', message: 'is out of stock' };

/** Checks all parts of an order and returns all of its problems. */
export async function checkOrder(body: unknown, keys: ProviderKeys, stock: readonly StockRow[]): Promise<CheckedOrder> {
  const parsed = orderSchema.safeParse(body);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error)),
    ...(await problemsOfRequests(body, keys)),
    ...problemsOfStock(body, stock),
  ];
  const item = parsed.data?.shipment_items[0];
  const customization = item?.product_customizations[0];
  if (parsed.data === undefined || item === undefined || customization === undefined || problems.length > 0)
    return { outcome: 'refused', problems };
  return {
    outcome: 'accepted',
    order: {
      ...parsed.data,
      product_id: item.product_id,
      inventory_product_id: item.inventory_product_id,
      customization_id: item.customization_id,
      pinRequestJwe: customization.fido_pin_request,
      credentialRequestJwes: customization.fido_credential_requests,
    },
  };
}

// These parts are parsed separately, so that they are checked even if another field is wrong.
const firstItem = <Shape extends z.ZodType>(shape: Shape) => z.object({ shipment_items: z.array(shape).min(1) });
const requests = firstItem(
  z.object({
    product_customizations: z
      .array(z.object({ fido_pin_request: z.string(), fido_credential_requests: z.array(z.string()).max(10) }))
      .min(1),
  }),
);
const inventory = firstItem(z.object({ inventory_product_id: z.number() }));

async function problemsOfRequests(body: unknown, keys: ProviderKeys): Promise<Problem[]> {
  const customization = requests.safeParse(body).data?.shipment_items[0]?.product_customizations[0];
  if (customization === undefined) return [];
  const at = 'shipment_items[0].product_customizations[0]';
  const decrypted = [
    { field: `${at}.fido_pin_request`, result: await decryptPinRequest(keys, customization.fido_pin_request) },
    ...(await Promise.all(
      customization.fido_credential_requests.map(async (jwe, index) => ({
        field: `${at}.fido_credential_requests[${index}]`,
        result: await decryptCredentialRequest(keys, jwe),
      })),
    )),
  ];
  return decrypted.flatMap(({ field, result }) =>
    result.outcome === 'refused' ? [{ field, message: result.reason }] : [],
  );
}

function problemsOfStock(body: unknown, stock: readonly StockRow[]): Problem[] {
  const inventoryProductId = inventory.safeParse(body).data?.shipment_items[0]?.inventory_product_id;
  const row = stock.find(({ inventory_product_id: id }) => id === inventoryProductId);
  return row !== undefined && row.quantity === 0 ? [outOfStock] : [];
}

/** Another order took the last key between the check and the order. */
export const soldOut: RefusedOrder = { outcome: 'refused', problems: [outOfStock] };
