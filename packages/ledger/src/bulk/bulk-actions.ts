import type { BulkAction as ActionName } from '@keycourier/journey/requests/bulk-actions';
import { sql } from 'kysely';

import { inTransaction, type Ledger } from '../connect-ledger.ts';
import type { BulkOutcome } from '../console-tables.ts';
import { newId } from '../new-id.ts';
import { notifyOf } from '../outbox/notify-relay.ts';
import { countShipments, selected } from '../shipments/list-shipments.ts';
import {
  bulkColumns,
  bulkOf,
  maxBulkItems,
  dryRunValidMs,
  sealBulk,
  selectionOf,
  type BulkAction,
  type BulkActor,
  type BulkFilter,
} from './bulk-action.ts';

export interface NewBulkAction {
  tenant: string;
  action: ActionName;
  filter: BulkFilter;
  by: BulkActor;
  access: string;
  snoozeDays?: number | null;
}

/** Dry runs of a tenant that are being made at once; older ones from which nothing was started are deleted beyond the second. */
const maxChecking = 5;
const maxChecked = 20;

/**
 * Selects what the action would be about, once and for all: its shipments are those of this moment. A worker judges them.
 * @returns null where too many are being checked
 */
export async function createBulkAction(ledger: Ledger, bulk: NewBulkAction): Promise<BulkAction | null> {
  const { tenant, filter } = bulk;
  const query = { ...selectionOf(filter), tenant, dryRun: false };
  const isCutOff = (await countShipments(ledger, query, maxBulkItems + 1)) > maxBulkItems;
  return inTransaction(ledger.db, async (db) => {
    const inside = { ...ledger, db };
    if (!(await makesPlace(inside, tenant))) return null;
    const row = rowOf(ledger, bulk, isCutOff);
    await db.insertInto('bulk_actions').values(row).execute();
    const found = selected(inside, query).select('id').orderBy('id', 'desc').limit(maxBulkItems);
    const { numAffectedRows } = await sql`
      insert into bulk_items (bulk_action_id, position, shipment_id)
      select ${row.id}, row_number() over (order by found.id desc), found.id from (${found}) as found`.execute(db);
    await db
      .updateTable('bulk_actions')
      .set({ total: Number(numAffectedRows ?? 0n) })
      .where('id', '=', row.id)
      .execute();
    await notifyOf(db, 'bulk');
    return readBulkAction(inside, tenant, row.id);
  });
}

function rowOf({ sealing, now }: Ledger, bulk: NewBulkAction, isCutOff: boolean) {
  const { tenant, action, filter, by, access, snoozeDays = null } = bulk;
  const id = newId('blk');
  return {
    id,
    tenant,
    action,
    state: 'checking' as const,
    filter_index: sealing.blindIndex(JSON.stringify(['bulk', tenant, action, filter])),
    sealed: sealBulk(sealing, id, { ...by, filter, reason: null, requestId: null, snoozeDays }),
    access,
    total: 0,
    is_cut_off: isCutOff,
    created_at: now(),
  };
}

/** Deletes the oldest dry runs from which nothing was started, so that their number has an end. */
async function makesPlace({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<boolean> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from bulk_actions where tenant = ${tenant} and state = 'checking'`.execute(db);
  if (Number(rows[0]?.count ?? 0) >= maxChecking) return false;
  await sql`
    delete from bulk_actions where id in (
      select id from bulk_actions where tenant = ${tenant} and state = 'checked' order by id desc offset ${maxChecked - 1}
    )`.execute(db);
  return true;
}

/** A tenant's action on a filter, or null: another tenant's looks the same as none. */
export async function readBulkAction(ledger: Ledger, tenant: string, id: string): Promise<BulkAction | null> {
  const row = await ledger.db
    .selectFrom('bulk_actions')
    .select(bulkColumns)
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row === undefined ? null : bulkOf(ledger.sealing, row);
}

/** A page of a tenant's actions on filters, newest first. */
export async function listBulkActions(
  ledger: Ledger,
  { tenant, before, limit }: { tenant: string; before?: string | undefined; limit: number },
): Promise<{ items: readonly BulkAction[]; nextCursor: string | null }> {
  const rows = await ledger.db
    .selectFrom('bulk_actions')
    .select(bulkColumns)
    .where('tenant', '=', tenant)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map((row) => bulkOf(ledger.sealing, row));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** How many of the shipments have each outcome, and why. */
export interface OutcomeCount {
  outcome: BulkOutcome;
  code: string | null;
  count: number;
}

export async function countBulkItems({ db }: Pick<Ledger, 'db'>, id: string): Promise<readonly OutcomeCount[]> {
  const rows = await db
    .selectFrom('bulk_items')
    .select(({ fn }) => ['outcome', 'code', fn.countAll<string>().as('count')])
    .where('bulk_action_id', '=', id)
    .groupBy(['outcome', 'code'])
    .execute();
  return rows
    .map((row) => ({ ...row, count: Number(row.count) }))
    .toSorted((one, other) => other.count - one.count || nameOf(one).localeCompare(nameOf(other)));
}

const nameOf = ({ outcome, code }: Omit<OutcomeCount, 'count'>): string => `${outcome} ${code ?? ''}`;

export interface BulkItem {
  position: number;
  shipmentId: string;
  outcome: BulkOutcome;
  code: string | null;
  at: Date | null;
}

/** A page of the shipments, in their order; `nextCursor` is the page's last position, or null on the last page. */
export async function listBulkItems(
  { db }: Pick<Ledger, 'db'>,
  { id, outcome, code, after, limit }: BulkItemQuery,
): Promise<{ items: readonly BulkItem[]; nextCursor: number | null }> {
  const rows = await db
    .selectFrom('bulk_items')
    .select(['position', 'shipment_id as shipmentId', 'outcome', 'code', 'at'])
    .where('bulk_action_id', '=', id)
    .where('position', '>', after)
    .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome ?? 'in'))
    .$if(code !== undefined, (query) => query.where('code', '=', code ?? ''))
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.position ?? null) : null };
}

export interface BulkItemQuery {
  id: string;
  outcome?: BulkOutcome | undefined;
  code?: string | undefined;
  after: number;
  limit: number;
}

export type StartResult =
  /** `already`: it runs, or has run: a repeat changes nothing. */
  'started' | 'already' | 'not_checked' | 'too_old' | 'another_runs';

interface Start {
  by: BulkActor;
  access: string;
  reason: string;
  requestId: string | null;
}

/** Lets workers apply a checked action. Where `db` is a transaction, in it. Who starts it acts, not who had it checked. */
export async function startBulkAction(ledger: Ledger, bulk: BulkAction, start: Start): Promise<StartResult> {
  if (bulk.state === 'running' || bulk.state === 'ended') return 'already';
  if (bulk.checkedAt === null) return 'not_checked';
  if (ledger.now().getTime() - bulk.checkedAt.getTime() > dryRunValidMs) return 'too_old';
  return inTransaction(ledger.db, async (db) => {
    // A statement of its own: the next one sees what another start committed while this one waited.
    await sql`
      select pg_advisory_xact_lock(hashtextextended('bulk:' || tenant || filter_index, 0))
      from bulk_actions where id = ${bulk.id}`.execute(db);
    return startAlone({ ...ledger, db }, bulk, start);
  });
}

async function startAlone({ db, sealing, now }: Ledger, bulk: BulkAction, start: Start): Promise<StartResult> {
  const { id, filter, snoozeDays } = bulk;
  const part = { ...start.by, filter, snoozeDays, reason: start.reason, requestId: start.requestId };
  const { rows } = await sql<{ outcome: 'started' | 'another_runs' | 'already' }>`
    with other as (
      select other.id from bulk_actions as own join bulk_actions as other using (tenant, filter_index)
      where own.id = ${id} and other.id <> ${id} and other.state = 'running'
    ), started as (
      update bulk_actions set state = 'running', started_at = ${now()}, access = ${start.access}, turn_at = now(),
        sealed = ${sealBulk(sealing, id, part)}
      where id = ${id} and state = 'checked' and not exists (select from other)
      returning id
    )
    select case when exists (select from started) then 'started' when exists (select from other) then 'another_runs'
      else 'already' end as outcome`.execute(db);
  const outcome = rows[0]?.outcome ?? 'already';
  if (outcome === 'started') await notifyOf(db, 'bulk');
  return outcome;
}

/** Asks workers to stop: what is done stays done. @returns whether it ran */
export async function stopBulkAction(ledger: Ledger, { id }: Pick<BulkAction, 'id'>): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update bulk_actions set stop_requested = 'operator', turn_at = now()
    where id = ${id} and state = 'running' and stop_requested is null`.execute(ledger.db);
  const isStopped = (numAffectedRows ?? 0n) > 0n;
  if (isStopped) await notifyOf(ledger.db, 'bulk');
  return isStopped;
}

/** Stops what was started with access that is taken away: of a session that an admin ended. */
export async function stopBulkActionsOf({ db }: Pick<Ledger, 'db'>, access: readonly string[]): Promise<void> {
  if (access.length === 0) return;
  await sql`
    update bulk_actions set stop_requested = 'access_ended', turn_at = now()
    where access = any(${[...access]}::text[]) and state = 'running' and stop_requested is null`.execute(db);
  await notifyOf(db, 'bulk');
}
