import {
  isStockLow,
  outlookOf,
  usageDays,
  type StockLevel,
  type StockLimits,
  type StockOutlook,
  type StockProblem,
  type StockUse,
} from '@keycourier/journey/model/stock';
import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { idsBetween } from '../new-id.ts';
import type { Tables } from '../tables.ts';

export interface Stock extends StockLevel, StockOutlook, Pick<StockUse, 'ordered' | 'orderedDays' | 'underWay'> {
  readAt: Date;
  /** Since when it has been low, by the tenant's limits; null: it is not. */
  lowSince: Date | null;
}

interface Answer {
  items: readonly StockLevel[];
  limits: StockLimits;
}

/** Takes over what the provider said about a tenant's stock; what it no longer names is gone. @returns what became low by it */
export async function recordStock(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  { items, limits }: Answer,
): Promise<readonly Stock[]> {
  const at = now();
  return db.transaction().execute(async (tx) => {
    await writeStock(tx, { tenant, items, at });
    await sql`
      insert into stock_days (tenant, inventory_product_id, product_id, day, quantity)
      select tenant, inventory_product_id, product_id, (${at}::timestamptz at time zone 'utc')::date, quantity
      from stock where tenant = ${tenant}
      on conflict (tenant, inventory_product_id, product_id, day) do update set quantity = excluded.quantity`.execute(
      tx,
    );
    await sql`
      delete from stock_days where tenant = ${tenant} and day < ${at}::timestamptz - interval '400 days'`.execute(tx);
    return markLow(tx, { tenant, limits, at });
  });
}

/** A bucket supplies several products, so `product_id`, part of the key of an earlier version, is empty. */
async function writeStock(
  tx: Kysely<Tables>,
  { tenant, items, at }: { tenant: string; items: readonly StockLevel[]; at: Date },
): Promise<void> {
  const list = sql`jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as item ("inventoryProductId" text, name text,
    "inventoryType" text, quantity integer)`;
  await sql`
    with used as (${usedSince(tenant, new Date(at.getTime() - usageDays * dayMs))}),
    first as (select created_at from shipments where tenant = ${tenant} order by id limit 1)
    insert into stock (tenant, inventory_product_id, product_id, product_name, inventory_type, quantity, read_at,
      ordered, ordered_days, under_way)
    select ${tenant}, "inventoryProductId", '', name, "inventoryType", quantity, ${at}, coalesce(used.ordered, 0),
      coalesce((select least(${usageDays}, floor(extract(epoch from ${at} - created_at) / 86400)) from first), 0),
      coalesce(used.under_way, 0)
    from ${list} left join used on used.inventory_product_id = "inventoryProductId"
    on conflict (tenant, inventory_product_id, product_id) do update set product_name = excluded.product_name,
      inventory_type = excluded.inventory_type, quantity = excluded.quantity, read_at = excluded.read_at,
      ordered = excluded.ordered, ordered_days = excluded.ordered_days, under_way = excluded.under_way`.execute(tx);
  await sql`
    delete from stock where tenant = ${tenant}
      and inventory_product_id not in (select "inventoryProductId" from ${list})`.execute(tx);
}

const dayMs = 86_400_000;

/** Of the shipments that were requested since then: a tenant's weeks, by their ids, and not its years. */
const usedSince = (tenant: string, since: Date) => sql`
  select inventory_product_id,
    count(*) filter (where placed_at >= ${since})::integer as ordered,
    count(*) filter (where order_state in ('requested', 'ready', 'enrolling', 'enrolled', 'placing'))::integer as under_way
  from shipments where tenant = ${tenant} and id >= ${idsBetween('shp', { since }).from} and not dry_run group by 1`;

async function markLow(
  tx: Kysely<Tables>,
  { tenant, limits, at }: { tenant: string; limits: StockLimits; at: Date },
): Promise<readonly Stock[]> {
  const all = await readStock(tx, tenant);
  const low = all.filter((stock) => isStockLow(stock, limits));
  const ids = low.map(({ inventoryProductId }) => inventoryProductId);
  await sql`
    update stock set low_since = case when inventory_product_id = any(${ids}) then coalesce(low_since, ${at}) end
    where tenant = ${tenant}`.execute(tx);
  return low.filter(({ lowSince }) => lowSince === null).map((stock) => ({ ...stock, lowSince: at }));
}

/** A tenant's stock, the shortest-lasting first. */
export async function readStock(db: Kysely<Tables>, tenant: string): Promise<readonly Stock[]> {
  const { rows } = await sql<Omit<Stock, keyof StockOutlook> & Pick<StockUse, 'quantities' | 'quantityDays'>>`
    select inventory_product_id as "inventoryProductId", product_name as name, inventory_type as "inventoryType", quantity,
      ordered, ordered_days as "orderedDays", under_way as "underWay", low_since as "lowSince", read_at as "readAt",
      quantities, "quantityDays"
    from stock, lateral (
      select coalesce(array_agg(known.quantity order by known.day), '{}') as quantities,
        coalesce(max(known.day) - min(known.day), 0) as "quantityDays"
      from stock_days as known
      where (known.tenant, known.inventory_product_id, known.product_id) = (stock.tenant, stock.inventory_product_id, stock.product_id)
        and known.day >= (stock.read_at at time zone 'utc')::date - ${usageDays}::integer
    ) as known where tenant = ${tenant} order by inventory_product_id`.execute(db);
  return rows
    .map(({ quantities, quantityDays, ...stock }) => ({
      ...stock,
      ...outlookOf(stock.quantity, { ...stock, quantities, quantityDays }),
    }))
    .toSorted((one, other) => (one.daysLeft ?? Infinity) - (other.daysLeft ?? Infinity));
}

/** For how long a worker that stops while it reads leaves the stock unread. */
const claimMs = 300_000;

/** Claims the reading of the stocks that are due; of several workers, one gets a tenant. @returns those that it got */
export async function claimStockReads(
  { db }: Pick<Ledger, 'db'>,
  tenants: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ tenant: string }>`
    insert into stock_reads as known (tenant, due_at)
    select name, statement_timestamp() + ${claimMs}::float8 * interval '1 ms' from unnest(${[...tenants]}::text[]) as name
    where not exists (select from stock_reads where tenant = name and due_at > statement_timestamp())
    on conflict (tenant) do update set due_at = excluded.due_at where known.due_at <= statement_timestamp()
    returning tenant`.execute(db);
  return rows.map(({ tenant }) => tenant);
}

/** `problem`: null after a success. The next read is due after `dueInMs`. */
export async function finishStockRead(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  { problem, dueInMs }: { problem: StockProblem | null; dueInMs: number },
): Promise<void> {
  const due_at = sql<Date>`statement_timestamp() + ${dueInMs}::float8 * interval '1 ms'`;
  await db
    .updateTable('stock_reads')
    .set(problem === null ? { read_at: now(), problem, due_at } : { problem, due_at })
    .where('tenant', '=', tenant)
    .execute();
}

export interface StockRead {
  readAt: Date | null;
  problem: StockProblem | null;
  nextAt: Date;
}

/** Null before the first look. */
export async function lastStockRead(db: Kysely<Tables>, tenant: string): Promise<StockRead | null> {
  const row = await db.selectFrom('stock_reads').selectAll().where('tenant', '=', tenant).executeTakeFirst();
  return row === undefined ? null : { readAt: row.read_at, problem: row.problem, nextAt: row.due_at };
}
