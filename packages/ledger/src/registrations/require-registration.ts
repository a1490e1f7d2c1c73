import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { priorities } from '../outbox/add-messages.ts';
import { hasActiveKey } from '../shipments/plan-predicates.ts';
import { dispatchRegistrations } from './dispatch-registrations.ts';

/**
 * Records what a move means for the registration of its person, in the move's transaction: wanted while any credential of
 * ours is active. A person gets a row with the first of them, where the tenant writes registrations.
 * @returns whether a message is due that was not before
 */
export async function requireRegistration(
  ledger: Ledger,
  tx: Tx,
  { before, after }: { before: Shipment; after: Shipment },
): Promise<boolean> {
  const isActive = after.plan.credential === 'active';
  const { tenant, user } = after;
  if (isActive === (before.plan.credential === 'active') || user.id === null) return false;
  const isNew = isActive && ledger.isRegistrationWritten(tenant) && (await addRow(tx, tenant, user.id));
  const row = await tx
    .selectFrom('registrations')
    .select(['id', 'wanted'])
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', user.id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return false;
  // A statement after the one that waited for the lock: it sees what a move of the person's other shipment committed.
  const wanted = await isWanted(tx, tenant, user.id);
  if (row.wanted === wanted && !isNew) return false;
  await tx
    .updateTable('registrations')
    .set({ wanted, version: sql`version + 1`, wanted_at: ledger.now(), check_due_at: sql`now()` })
    .where('id', '=', row.id)
    .execute();
  await dispatchRegistrations(sql`select ${row.id}::text as id, ${tenant}::text as tenant`, priorities.request).execute(
    tx,
  );
  return true;
}

/** @returns whether the person had none */
async function addRow(tx: Tx, tenant: string, userId: string): Promise<boolean> {
  const added = await tx
    .insertInto('registrations')
    .values({ id: newId('reg'), tenant, okta_user_id: userId, wanted: true })
    .onConflict((conflict) => conflict.columns(['tenant', 'okta_user_id']).doNothing())
    .executeTakeFirst();
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

async function isWanted(tx: Tx, tenant: string, userId: string): Promise<boolean> {
  const active = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where(hasActiveKey)
    .limit(1)
    .executeTakeFirst();
  return active !== undefined;
}
