import { catchUpProblems, type CatchUpProblem } from '@keycourier/journey/model/catch-up';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { Status } from '@keycourier/journey/model/status';
import type { Product } from '@keycourier/journey/model/tenant';
import { hasSchema } from '@keycourier/ledger/connect-ledger';
import type { Tables } from '@keycourier/ledger/tables';
import type { Kysely } from 'kysely';

export interface HeldShipment {
  id: string;
  tenant: string;
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
  paused: readonly { tenant: string; until: Date; reason: string | null }[];
  eventsSetAside: number;
  /** Tenants whose System Log cannot be read. */
  unreadLogs: readonly { tenant: string; problem: CatchUpProblem; since: Date }[];
}

export const maxHeldRows = 100;

/** One consistent snapshot of the ledger; null until its tables exist. */
export async function readOverview(ledger: Kysely<Tables>, now: Date): Promise<Overview | null> {
  if (!(await hasSchema(ledger))) return null;
  return ledger
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const counts = await countByStatus(tx);
      return {
        counts,
        held: await listHeld(tx),
        heldTotal: counts.held ?? 0,
        paused: await listPaused(tx, now),
        eventsSetAside: await countSetAside(tx),
        unreadLogs: await listUnreadLogs(tx),
      };
    });
}

async function countByStatus(tx: Kysely<Tables>): Promise<Overview['counts']> {
  const rows = await tx
    .selectFrom('shipments')
    .select(['status', ({ fn }) => fn.countAll<string>().as('count')])
    .where('dry_run', '=', false)
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

async function listHeld(tx: Kysely<Tables>): Promise<HeldShipment[]> {
  const rows = await tx
    .selectFrom('shipments')
    .select(['id', 'tenant', 'purpose', 'trigger', 'hold_code', 'hold_problems', 'hold_since'])
    .select(['product_id', 'inventory_product_id', 'customization_id'])
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
    tenant: row.tenant,
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

async function listPaused(tx: Kysely<Tables>, now: Date): Promise<Overview['paused']> {
  const rows = await tx
    .selectFrom('tenants')
    .select(['name', 'paused_until', 'pause_reason'])
    .where('paused_until', '>', now)
    .$narrowType<{ paused_until: Date }>()
    .orderBy('name')
    .execute();
  return rows.map(({ name, paused_until: until, pause_reason: reason }) => ({ tenant: name, until, reason }));
}

async function countSetAside(tx: Kysely<Tables>): Promise<number> {
  const { count } = await tx
    .selectFrom('inbound_events')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('state', '=', 'set_aside')
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function listUnreadLogs(tx: Kysely<Tables>): Promise<Overview['unreadLogs']> {
  return tx
    .selectFrom('catch_up')
    .select(['tenant', 'problem', 'problem_since as since'])
    .where('problem', 'in', catchUpProblems)
    .where('problem_since', 'is not', null)
    .$narrowType<{ problem: CatchUpProblem; since: Date }>()
    .orderBy('tenant')
    .execute();
}
