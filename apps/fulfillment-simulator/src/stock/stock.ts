import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

import { findInventory, inventories } from './products.ts';

/** The quantity of each inventory until `PUT /sim/inventory` changes it. */
const initialQuantity = 10_000;

const stockRow = z.object({ inventory_product_id: z.number(), quantity: z.number() });
export type StockRow = z.infer<typeof stockRow>;

/** Creates an organization's initial stock; existing stock is kept. */
export async function fillStock(client: PoolClient, organization: string): Promise<void> {
  await client.query(
    `insert into stock (organization, inventory_product_id, quantity)
     select $1, unnest($2::integer[]), $3 on conflict do nothing`,
    [organization, inventories.map(({ inventory_product_id: id }) => id), initialQuantity],
  );
}

export async function readStock(pool: Pool, organization: string): Promise<StockRow[]> {
  const { rows } = await pool.query(
    'select inventory_product_id, quantity from stock where organization = $1 order by inventory_product_id',
    [organization],
  );
  return z.array(stockRow).parse(rows);
}

/** Takes one key; returns false if none is left. */
export async function takeOne(client: PoolClient, organization: string, inventoryProductId: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'update stock set quantity = quantity - 1 where organization = $1 and inventory_product_id = $2 and quantity > 0',
    [organization, inventoryProductId],
  );
  return rowCount === 1;
}

export async function returnOne(client: PoolClient, organization: string, inventoryProductId: number): Promise<void> {
  await client.query('update stock set quantity = quantity + 1 where organization = $1 and inventory_product_id = $2', [
    organization,
    inventoryProductId,
  ]);
}

/** The body of `PUT /sim/inventory`; an entry without `organization` applies to all of them. */
export const stockRequestSchema = z.array(
  z.strictObject({
    organization: z.string().optional(),
    inventoryProductId: z
      .number()
      .refine((id) => findInventory(id) !== undefined, 'is not an inventory of this provider'),
    quantity: z.int().min(0).max(1_000_000_000),
  }),
);

export async function setStock(client: PoolClient, stock: z.infer<typeof stockRequestSchema>): Promise<void> {
  for (const { organization, inventoryProductId, quantity } of stock)
    await client.query(
      'update stock set quantity = $3 where inventory_product_id = $2 and ($1::text is null or organization = $1)',
      [organization ?? null, inventoryProductId, quantity],
    );
}
