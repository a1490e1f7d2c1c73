import { sql } from 'kysely';

import type { Ledger, Tx } from '../open-ledger.ts';
import { wakeRelay } from '../knocks/sync-knocks.ts';

/**
 * Lets the next of a tenant's line to the counter while there is a free place (design, "One request at a time per
 * tenant"). Nobody waits in a queue for it, so nothing spins. The tenant's row is locked: places are counted once.
 *
 * First come, first served counts from the request: an earlier one that is still being checked keeps the later ones
 * back, but only for `lineGraceMs`, or one unreadable profile would stop a whole tenant.
 * @returns the ids of those that were let in
 */
export async function fillSlots(ledger: Ledger, tx: Tx, tenant: string): Promise<readonly string[]> {
  await tx.insertInto('tenants').values({ name: tenant, paused_until: null, pause_reason: null }).onConflict((c) => c.doNothing()).execute();
  const now = ledger.now();
  const row = await tx.selectFrom('tenants').selectAll().where('name', '=', tenant).forUpdate().executeTakeFirstOrThrow();
  if (row.paused_until !== null && row.paused_until > now) return [];
  if (!(await isProcessing(tx, tenant))) return [];

  const { taken } = await tx
    .selectFrom('shipments')
    .select(({ fn }) => fn.countAll<string>().as('taken'))
    .where('tenant', '=', tenant)
    .where('in_slot', '=', true)
    .where('order_state', 'in', ['ready', 'enrolling', 'enrolled', 'placing'])
    .where('dry_run', '=', false)
    .executeTakeFirstOrThrow();
  const free = ledger.maxRequestsInFlight(tenant) - Number(taken);
  if (free <= 0) return [];

  const graceEnds = new Date(now.getTime() - ledger.lineGraceMs);
  const next = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('order_state', 'in', ['ready', 'enrolling', 'enrolled', 'placing'])
    .where('in_slot', '=', false)
    .where('profile_checked', '=', true)
    .where('hold_code', 'is', null)
    .where('dry_run', '=', false)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('shipments as earlier')
            .select('earlier.id')
            .where('earlier.tenant', '=', tenant)
            .where('earlier.order_state', '=', 'requested')
            .where('earlier.dry_run', '=', false)
            .where('earlier.hold_code', 'is', null)
            .where('earlier.created_at', '>', graceEnds)
            .whereRef('earlier.line', '<', 'shipments.line'),
        ),
      ),
    )
    .orderBy('line')
    .limit(free)
    .forUpdate()
    // A row locked by another move is about to run this very function itself; waiting for it could deadlock.
    .skipLocked()
    .execute();
  const ids = next.map(({ id }) => id);
  if (ids.length === 0) return [];
  await tx.updateTable('shipments').set({ in_slot: true, updated_at: now }).where('id', 'in', ids).execute();
  await knockAtTheCounter(ledger, tx, ids);
  return ids;
}

async function isProcessing(tx: Tx, tenant: string): Promise<boolean> {
  const flow = await tx
    .selectFrom('flows')
    .select('enabled')
    .where('tenant', '=', tenant)
    .where('slug', '=', 'process-shipments')
    .executeTakeFirst();
  return flow?.enabled ?? true;
}

/** plan.owed() for shipments that have just been given a place, said in SQL for many at once. */
async function knockAtTheCounter(ledger: Ledger, tx: Tx, ids: readonly string[]): Promise<void> {
  await tx
    .insertInto('knocks')
    .columns(['subject_id', 'door', 'tenant', 'due_at'])
    .expression((build) =>
      build
        .selectFrom('shipments')
        .select([
          'id as subject_id',
          sql<string>`case when order_state in ('ready', 'enrolling') then 'enroll-credential' else 'place-order' end`.as('door'),
          'tenant',
          sql<Date>`${ledger.now()}::timestamptz`.as('due_at'),
        ])
        .where('id', 'in', [...ids]),
    )
    .onConflict((conflict) => conflict.columns(['subject_id', 'door']).doNothing())
    .execute();
  await wakeRelay(tx);
}
