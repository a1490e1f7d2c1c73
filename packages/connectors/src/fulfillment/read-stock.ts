import { outsideId } from '@keycourier/journey/model/outside-id';
import type { StockLevel } from '@keycourier/journey/model/stock';
import { z } from 'zod';

import { createGuard, type ResilienceOptions } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { isNotOffered, notOfferedStatuses } from './fault-of-fulfillment.ts';
import { createSend, type SendToProvider } from './send.ts';
import type { FulfillmentSettingsOf } from './settings.ts';

const text = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim() || null)
  .nullish()
  .catch(null);

/** A billion bounds what a later sum and the database hold. */
const quantity = z
  .union([z.number(), z.string().regex(/^-?\d+$/)])
  .transform(Number)
  .pipe(z.int().min(-1e9).max(1e9))
  .nullish()
  .catch(null);

/** The bucket's own id is called `product_id` here; orders call it `inventory_product_id`. */
const rowSchema = z.looseObject({
  product_id: outsideId,
  product_name: text,
  inventory_type: text,
  organization_product_quantity: quantity,
  /** Its items are not documented; only a plain list of product ids is used. */
  product_mapping: z.array(outsideId).nullish().catch(null),
});

const answerSchema = z.looseObject({
  organization_product_inventory: z.array(z.unknown()),
  total_count: z.number().int().nullish().catch(null),
});

export interface InventoryRow {
  inventoryProductId: string;
  name: string;
  inventoryType: string;
  /** Null where the provider does not say. */
  quantity: number | null;
  /** Null where it does not say which products the bucket supplies. */
  products: readonly string[] | null;
}

/** More pages are not read: an account has a few dozen buckets. */
const maxPages = 20;

/**
 * Every bucket of an account. A row that cannot be read is left out; an answer of another shape is no empty list.
 * @returns null where the provider does not offer it, or not to this account
 */
export async function readInventory(send: SendToProvider): Promise<readonly InventoryRow[] | null> {
  const rows: unknown[] = [];
  for (let page = 0; page < maxPages; page += 1) {
    const path = page === 0 ? '/inventory' : `/inventory?limit=100&offset=${rows.length}`;
    const answer = await send({ method: 'GET', path, alsoAccepted: notOfferedStatuses });
    if (isNotOffered(answer)) return null;
    const { organization_product_inventory: found, total_count: total } = answerSchema.parse(answer.json);
    rows.push(...found);
    if (found.length === 0 || total === null || total === undefined || rows.length >= total) break;
  }
  return rows.flatMap((row) => {
    const parsed = rowSchema.safeParse(row);
    return parsed.success ? [rowOf(parsed.data)] : [];
  });
}

const rowOf = (row: z.output<typeof rowSchema>): InventoryRow => ({
  inventoryProductId: row.product_id,
  name: row.product_name ?? `Inventory ${row.product_id}`,
  inventoryType: row.inventory_type ?? '',
  quantity: row.organization_product_quantity ?? null,
  products: row.product_mapping ?? null,
});

export type ReadStock = (tenant: string) => Promise<readonly StockLevel[] | null>;

/** Reads what is left in each bucket. With limits of its own: it takes no call from the steps, and ends no outage. */
export function createStockReader(
  settingsOf: FulfillmentSettingsOf,
  resilience: Partial<ResilienceOptions> = {},
): ReadStock {
  const sendOf = createSend(settingsOf, createGuard('fulfillment', resilience));
  return (tenant) =>
    runCall('fulfillment', 'readStock', async () => {
      const rows = await readInventory(sendOf(tenant));
      return rows === null ? null : levelsOf(rows);
    });
}

/** A bucket in several rows, such as of several purchases, is the sum of them. */
function levelsOf(rows: readonly InventoryRow[]): StockLevel[] {
  const levels = new Map<string, StockLevel>();
  for (const { inventoryProductId: id, name, inventoryType, quantity: count } of rows) {
    if (count === null) continue;
    const known = levels.get(id)?.quantity ?? 0;
    levels.set(id, { inventoryProductId: id, name, inventoryType, quantity: known + count });
  }
  return [...levels.values()];
}
