import { randomUUID } from 'node:crypto';

import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Database, Ledger } from '../connect-ledger.ts';
import type { BulkOutcome } from '../console-tables.ts';
import { LedgerError } from '../errors.ts';
import { decryptRow, sealedSecrets } from '../shipments/decrypt-row.ts';
import { bulkColumns, bulkOf, type BulkAction } from './bulk-action.ts';

/** Longer than the work of a lease takes; after it, another worker goes on. */
const leaseSeconds = 30;

export interface BulkLease {
  bulk: BulkAction;
  leaseId: string;
}

/**
 * Leases what is to be checked or run: of the tenant whose last one is the longest ago, so that tenants are served side by side, and no
 * worker has two at once.
 */
export async function leaseBulkAction(ledger: Ledger): Promise<BulkLease | null> {
  const leaseId = randomUUID();
  const { rows } = await sql<{ id: string }>`
    update bulk_actions set lease_id = ${leaseId}, leased_until = now() + make_interval(secs => ${leaseSeconds}), turn_at = now()
    where id = (
      select id from bulk_actions as due
      where state in ('checking', 'running') and (leased_until is null or leased_until < now())
      order by (
        select max(turn_at) from bulk_actions as own
        where own.tenant = due.tenant and own.state in ('checking', 'running')
      ), turn_at, id
      limit 1 for update skip locked
    )
    returning id`.execute(ledger.db);
  const [claimed] = rows;
  if (claimed === undefined) return null;
  const row = await ledger.db
    .selectFrom('bulk_actions')
    .select(bulkColumns)
    .where('id', '=', claimed.id)
    .executeTakeFirst();
  return row === undefined ? null : { bulk: bulkOf(ledger.sealing, row), leaseId };
}

/** Ends the lease; the next one may be any worker's. */
export async function endBulkLease({ db }: Pick<Ledger, 'db'>, { bulk, leaseId }: BulkLease): Promise<void> {
  await sql`
    update bulk_actions set lease_id = null, leased_until = null, turn_at = now()
    where id = ${bulk.id} and lease_id = ${leaseId}`.execute(db);
}

export interface BulkWork {
  position: number;
  shipmentId: string;
  seen: string | null;
  /** Null where it no longer exists. */
  shipment: Shipment | null;
}

/** The next shipments with this outcome, as they are now. */
export async function readBulkWork(
  ledger: Ledger,
  id: string,
  { outcome, limit }: { outcome: BulkOutcome; limit: number },
): Promise<readonly BulkWork[]> {
  const items = await ledger.db
    .selectFrom('bulk_items')
    .select(['position', 'shipment_id as shipmentId', 'seen'])
    .where('bulk_action_id', '=', id)
    .where('outcome', '=', outcome)
    .orderBy('position')
    .limit(limit)
    .execute();
  const shipments = await readShipments(
    ledger,
    items.map(({ shipmentId }) => shipmentId),
  );
  return items.map((item) => ({ ...item, shipment: shipments.get(item.shipmentId) ?? null }));
}

/** Shipments by id: one query for any number of them. */
export async function readShipments(ledger: Ledger, ids: readonly string[]): Promise<ReadonlyMap<string, Shipment>> {
  if (ids.length === 0) return new Map();
  const rows = await ledger.db
    .selectFrom('shipments')
    .selectAll('shipments')
    .select(sealedSecrets)
    .where('id', 'in', [...ids])
    .execute();
  return new Map(rows.map((row) => [row.id, decryptRow(ledger, row)]));
}

export interface BulkJudgement {
  position: number;
  outcome: BulkOutcome;
  code: string | null;
  /** A keyed hash. */
  seen: string | null;
}

/** Writes what the dry run found. */
export async function saveJudgements(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  id: string,
  judgements: readonly BulkJudgement[],
): Promise<void> {
  await sql`
    update bulk_items set outcome = judged.outcome, code = judged.code, seen = judged.seen, at = ${now()}
    from jsonb_to_recordset(${JSON.stringify(judgements)}::jsonb)
      as judged (position integer, outcome text, code text, seen text)
    where bulk_action_id = ${id} and bulk_items.position = judged.position and bulk_items.outcome = 'unjudged'`.execute(
    db,
  );
}

/** What became of one that was in. In the transaction of its effect, where it has one. */
export interface BulkResult {
  bulkId: string;
  position: number;
  outcome: BulkOutcome;
  code?: string | null;
}

/**
 * @throws LedgerError `bulk_item_taken` where another worker did it, or a stop was requested: then the transaction of the effect
 * is rolled back
 */
export async function saveBulkResult(
  { db, now }: { db: Database; now: () => Date },
  { bulkId, position, outcome, code = null }: BulkResult,
): Promise<void> {
  const { numAffectedRows } = await sql`
    update bulk_items set outcome = ${outcome}, code = ${code}, at = ${now()}
    where bulk_action_id = ${bulkId} and position = ${position} and outcome = 'in'
      and exists (select from bulk_actions where id = ${bulkId} and state = 'running' and stop_requested is null)`.execute(
    db,
  );
  if (numAffectedRows !== 1n)
    throw new LedgerError('bulk_item_taken', `${bulkId} has nothing to do at ${position}: done elsewhere, or stopped`);
}

/** All are judged. */
export async function endDryRun({ db, now }: Pick<Ledger, 'db' | 'now'>, id: string): Promise<void> {
  await sql`
    update bulk_actions set state = 'checked', checked_at = ${now()} where id = ${id} and state = 'checking'`.execute(
    db,
  );
}

/** Nothing is left to do, or it is to stop. */
export async function endBulkAction(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  id: string,
  why?: 'access_ended',
): Promise<void> {
  await sql`
    update bulk_actions set state = 'ended', ended_at = ${now()}, stop_requested = coalesce(stop_requested, ${why ?? null})
    where id = ${id} and state = 'running'`.execute(db);
}
