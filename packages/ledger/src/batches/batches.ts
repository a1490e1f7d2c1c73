import type { Problem } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import { analyzeTable } from '../analyze-grown.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { notifyRelay } from '../outbox/notify-relay.ts';

/** A row that was not accepted; rows are counted from 1. */
export interface RejectedRow {
  row: number;
  problems: readonly Problem[];
}

export interface Batch {
  id: string;
  tenant: string;
  /** Its shipments are dry runs. */
  dryRun: boolean;
  total: number;
  accepted: number;
  /** At most {@link maxRejectedReturned}; `rejectedTotal` counts them all. */
  rejected: readonly RejectedRow[];
  rejectedTotal: number;
  createdAt: Date;
  /** Of a dry run, the batch that was ordered from it. */
  orderedAs: string | null;
}

export const maxRejectedReturned = 1_000;

export const newBatchId = (): string => newId('bat');

/** Begins a batch, whose rows follow in the same transaction. */
export async function insertBatch(
  ledger: Ledger,
  tx: Tx,
  batch: Pick<Batch, 'id' | 'tenant'> & { apiKeyId: string | null; dryRun?: boolean; dryRunId?: string },
): Promise<void> {
  await readByIndexOnly(tx);
  await tx
    .insertInto('batches')
    .values({
      id: batch.id,
      tenant: batch.tenant,
      api_key_id: batch.apiKeyId,
      dry_run: batch.dryRun ?? false,
      dry_run_id: batch.dryRunId ?? null,
      total: 0,
      accepted: 0,
      rejected: '[]',
      rejected_total: 0,
      created_at: ledger.now(),
    })
    .execute();
}

/**
 * Until the transaction ends, no table is read whole where an index serves. Postgres checks each foreign key by a statement
 * of its own, whose plan the connection keeps: one made while the table had a page reads all rows of the batch for each row.
 */
async function readByIndexOnly(tx: Tx): Promise<void> {
  await sql`set local enable_seqscan = off; discard plans`.execute(tx);
}

/** Writes the result of the rows, at the end of the transaction that created their shipments, and notifies the relay. */
export async function finishBatch(
  tx: Tx,
  batchId: string,
  counts: Pick<Batch, 'total' | 'accepted' | 'rejected' | 'rejectedTotal'>,
): Promise<void> {
  await tx
    .updateTable('batches')
    .set({
      total: counts.total,
      accepted: counts.accepted,
      rejected: JSON.stringify(counts.rejected.slice(0, maxRejectedReturned)),
      rejected_total: counts.rejectedTotal,
    })
    .where('id', '=', batchId)
    .execute();
  if (counts.accepted >= analyzedFrom) await analyzeTable(tx, 'outbox');
  if (counts.accepted > 0) await notifyRelay(tx);
}

/**
 * A batch that adds so many messages has the outbox analyzed: relays plan anew when it is committed. Plans that they keep from when the
 * outbox had a page read all of it at each look, until autovacuum comes by, up to a minute later.
 */
const analyzedFrom = 1_000;

/** A tenant's batch, or null: another tenant's looks the same as none. */
export async function readBatch(ledger: Ledger, tenant: string, batchId: string): Promise<Batch | null> {
  const row = await ledger.db
    .selectFrom('batches')
    .selectAll()
    .select((query) =>
      query
        .selectFrom('batches as ordered')
        .select('ordered.id')
        .whereRef('ordered.dry_run_id', '=', 'batches.id')
        .as('ordered_as'),
    )
    .where('id', '=', batchId)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    tenant: row.tenant,
    dryRun: row.dry_run,
    total: row.total,
    accepted: row.accepted,
    rejected: row.rejected,
    rejectedTotal: row.rejected_total,
    createdAt: row.created_at,
    orderedAs: row.ordered_as,
  };
}

export type ListedBatch = Omit<Batch, 'rejected' | 'orderedAs'> & {
  /** The id of the API key that sent it. */
  apiKeyId: string | null;
};

/** A page of a tenant's batches, newest first, without their rows; `nextCursor` is null on the last one. */
export async function listBatches(
  ledger: Ledger,
  { tenant, dryRun, before, limit }: { tenant: string; dryRun?: boolean; before?: string; limit: number },
): Promise<{ items: readonly ListedBatch[]; nextCursor: string | null }> {
  const rows = await ledger.db
    .selectFrom('batches')
    .select(['id', 'tenant', 'api_key_id as apiKeyId', 'dry_run as dryRun', 'total', 'accepted'])
    .select(['rejected_total as rejectedTotal', 'created_at as createdAt'])
    .where('tenant', '=', tenant)
    .$if(dryRun !== undefined, (query) => query.where('dry_run', '=', dryRun === true))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** How many batches there are; what is beyond `atMost` is not counted. */
export async function countBatches(
  ledger: Ledger,
  { tenant, dryRun }: { tenant: string; dryRun?: boolean },
  atMost: number,
): Promise<number> {
  const found = ledger.db
    .selectFrom('batches')
    .select('id')
    .where('tenant', '=', tenant)
    .$if(dryRun !== undefined, (query) => query.where('dry_run', '=', dryRun === true))
    .limit(atMost);
  const { rows } = await sql<{ count: string }>`select count(*) from (${found}) as found`.execute(ledger.db);
  return Number(rows[0]?.count ?? 0);
}

/** How many of a batch's shipments are in each status now. */
export async function countBatch(ledger: Ledger, batchId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await ledger.db
    .selectFrom('shipments')
    .select(({ fn }) => ['status', fn.countAll<string>().as('count')])
    .where('batch_id', '=', batchId)
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}
