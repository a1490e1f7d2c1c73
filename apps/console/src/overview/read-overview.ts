import { catchUpProblems, type CatchUpProblem } from '@keycourier/journey/model/catch-up';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { Status } from '@keycourier/journey/model/status';
import type { Product } from '@keycourier/journey/model/tenant';
import type { Tables } from '@keycourier/ledger/tables';
import type { Kysely } from 'kysely';

export interface HeldShipment {
  id: string;
  purpose: string;
  trigger: string;
  product: Product;
  code: string;
  problems: readonly Problem[];
  since: Date;
}

/** Ids, codes, field names and counts only; reads no sealed column. */
export interface Overview {
  counts: Readonly<Partial<Record<Status, number>>>;
  /** Longest held first. */
  held: readonly HeldShipment[];
  heldTotal: number;
  /** No calls are made for the tenant until then. */
  paused: { until: Date; reason: string | null } | null;
  eventsSetAside: number;
  /** Why its System Log cannot be read. */
  unreadLog: { problem: CatchUpProblem; since: Date } | null;
}

export const maxHeldRows = 100;

/** One consistent snapshot of a tenant. */
export async function readOverview(ledger: Kysely<Tables>, tenant: string, now: Date): Promise<Overview> {
  return ledger
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const counts = await countByStatus(tx, tenant);
      return {
        counts,
        held: await listHeld(tx, tenant),
        heldTotal: counts.held ?? 0,
        paused: await readPause(tx, tenant, now),
        eventsSetAside: await countSetAside(tx, tenant),
        unreadLog: await readUnreadLog(tx, tenant),
      };
    });
}

async function countByStatus(tx: Kysely<Tables>, tenant: string): Promise<Overview['counts']> {
  const rows = await tx
    .selectFrom('shipments')
    .select(['status', ({ fn }) => fn.countAll<string>().as('count')])
    .where('tenant', '=', tenant)
    .where('dry_run', '=', false)
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

async function listHeld(tx: Kysely<Tables>, tenant: string): Promise<HeldShipment[]> {
  const rows = await tx
    .selectFrom('shipments')
    .select(['id', 'purpose', 'trigger', 'hold_code', 'hold_problems', 'hold_since'])
    .select(['product_id', 'inventory_product_id', 'customization_id'])
    .where('tenant', '=', tenant)
    .where('status', '=', 'held')
    .where('dry_run', '=', false)
    .where('hold_code', 'is not', null)
    .where('hold_since', 'is not', null)
    .$narrowType<{ hold_code: string; hold_since: Date }>()
    .orderBy('hold_since')
    .orderBy('id')
    .limit(maxHeldRows)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose,
    trigger: row.trigger,
    product: {
      productId: row.product_id,
      inventoryProductId: row.inventory_product_id,
      customizationId: row.customization_id,
    },
    code: row.hold_code,
    problems: row.hold_problems ?? [],
    since: row.hold_since,
  }));
}

async function readPause(tx: Kysely<Tables>, tenant: string, now: Date): Promise<Overview['paused']> {
  const row = await tx
    .selectFrom('tenants')
    .select(['paused_until as until', 'pause_reason as reason'])
    .where('name', '=', tenant)
    .where('paused_until', '>', now)
    .$narrowType<{ until: Date }>()
    .executeTakeFirst();
  return row ?? null;
}

async function countSetAside(tx: Kysely<Tables>, tenant: string): Promise<number> {
  const { count } = await tx
    .selectFrom('inbound_events')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('tenant', '=', tenant)
    .where('state', '=', 'set_aside')
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function readUnreadLog(tx: Kysely<Tables>, tenant: string): Promise<Overview['unreadLog']> {
  const row = await tx
    .selectFrom('catch_up')
    .select(['problem', 'problem_since as since'])
    .where('tenant', '=', tenant)
    .where('problem', 'in', catchUpProblems)
    .where('problem_since', 'is not', null)
    .$narrowType<{ problem: CatchUpProblem; since: Date }>()
    .executeTakeFirst();
  return row ?? null;
}
