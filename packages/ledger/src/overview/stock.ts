import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import type { Tables } from '../tables.ts';

/** Of one product in one of the provider's stock buckets. */
export interface StockItem {
  inventoryProductId: string;
  productId: string;
  productName: string;
  inventoryType: string;
  quantity: number;
}

export interface StockForecast extends StockItem {
  readAt: Date;
  /** What left the stock in a day, on average of the last `usageDays` days for which there are quantities; null: not known yet. */
  usedPerDay: number | null;
  /** Whole days until the stock is empty at that rate; null where nothing is known to be used. */
  daysLeft: number | null;
}

export const usageDays = 28;

/** Takes over what the provider said about a tenant's stock; what it no longer names is gone. */
export async function recordStock(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  items: readonly StockItem[],
): Promise<void> {
  const list = sql`jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as item ("inventoryProductId" text,
    "productId" text, "productName" text, "inventoryType" text, quantity integer)`;
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('stock').where('tenant', '=', tenant).execute();
    await sql`
      insert into stock (tenant, inventory_product_id, product_id, product_name, inventory_type, quantity, read_at)
      select ${tenant}, "inventoryProductId", "productId", "productName", "inventoryType", quantity, ${now()} from ${list}
      on conflict do nothing`.execute(tx);
    await sql`
      insert into stock_days (tenant, inventory_product_id, product_id, day, quantity)
      select tenant, inventory_product_id, product_id, (${now()}::timestamptz at time zone 'utc')::date, quantity
      from stock where tenant = ${tenant}
      on conflict (tenant, inventory_product_id, product_id, day) do update set quantity = excluded.quantity`.execute(
      tx,
    );
    await sql`
      delete from stock_days where tenant = ${tenant} and day < ${now()}::timestamptz - interval '400 days'`.execute(
      tx,
    );
  });
}

/** A tenant's stock, the shortest-lasting first. */
export async function readStock(db: Kysely<Tables>, tenant: string): Promise<readonly StockForecast[]> {
  const { rows } = await sql<StockItem & { readAt: Date; quantities: readonly number[]; days: number }>`
    select inventory_product_id as "inventoryProductId", product_id as "productId", product_name as "productName",
      inventory_type as "inventoryType", quantity, read_at as "readAt", quantities, days
    from stock, lateral (
      select coalesce(array_agg(known.quantity order by known.day), '{}') as quantities,
        coalesce(max(known.day) - min(known.day), 0) as days
      from stock_days as known
      where (known.tenant, known.inventory_product_id, known.product_id) = (stock.tenant, stock.inventory_product_id, stock.product_id)
        and known.day >= current_date - ${usageDays}::integer
    ) as known where tenant = ${tenant}`.execute(db);
  return rows
    .map(({ quantities, days, ...item }) => ({ ...item, ...forecast(item.quantity, quantities, days) }))
    .toSorted((one, other) => (one.daysLeft ?? Infinity) - (other.daysLeft ?? Infinity));
}

/** `quantities` of days in their order, the last `days` after the first. What was added meanwhile is no negative use. */
export function forecast(
  quantity: number,
  quantities: readonly number[],
  days: number,
): Pick<StockForecast, 'usedPerDay' | 'daysLeft'> {
  if (days <= 0) return { usedPerDay: null, daysLeft: null };
  const used = quantities.reduce(
    (sum, amount, index) => sum + Math.max(0, (quantities[index - 1] ?? amount) - amount),
    0,
  );
  const usedPerDay = used / days;
  return { usedPerDay, daysLeft: usedPerDay === 0 ? null : Math.floor(quantity / usedPerDay) };
}

/** Claims the next look at a tenant's stock, unless another worker has, or it is not due. */
export async function claimStockRead({ db }: Pick<Ledger, 'db'>, tenant: string, everyMs: number): Promise<boolean> {
  const { rows } = await sql`
    insert into stock_reads as known (tenant, due_at)
    values (${tenant}, statement_timestamp() + ${everyMs}::float8 * interval '1 ms')
    on conflict (tenant) do update set due_at = excluded.due_at where known.due_at <= statement_timestamp()
    returning tenant`.execute(db);
  return rows.length > 0;
}

/** `problem`: a code; null after a success. */
export async function finishStockRead(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  problem: string | null,
): Promise<void> {
  await db
    .updateTable('stock_reads')
    .set(problem === null ? { read_at: now(), problem } : { problem })
    .where('tenant', '=', tenant)
    .execute();
}
