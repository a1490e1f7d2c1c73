import type { Shipment } from '@keycourier/journey/model/shipment';
import { hubNameOf, tenantOfHub } from '@keycourier/journey/ports/hub';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { priorities } from '../outbox/add-messages.ts';
import { hasActiveKey } from '../shipments/plan-predicates.ts';
import { dispatchRegistrations } from './dispatch-registrations.ts';

/** A person in one org: the tenant's, or its hub by that one's name. */
export interface RegisteredUser {
  org: string;
  userId: string;
}

/** The users of a shipment whose registrations say whether its key works: the one of the spoke first. */
export function registeredUsersOf({ tenant, user, hubUser }: Shipment): readonly RegisteredUser[] {
  return [
    ...(user.id === null ? [] : [{ org: tenant, userId: user.id }]),
    ...(hubUser === null ? [] : [{ org: hubNameOf(tenant), userId: hubUser.id }]),
  ];
}

/** The tenant whose shipments say what is wanted in an org, and their column that has its users. */
export function shipmentsOf(org: string): { tenant: string; userColumn: RawBuilder<string> } {
  const spoke = tenantOfHub(org);
  return spoke === null
    ? { tenant: org, userColumn: sql.ref('shipments.okta_user_id') }
    : { tenant: spoke, userColumn: sql.ref('shipments.hub_user_id') };
}

/**
 * Records what a move means for the registrations of its person, in the move's transaction: wanted while any credential of
 * ours is active. A person gets a row with the first of them, in each org where the tenant writes registrations.
 * @returns whether a message is due that was not before
 */
export async function requireRegistration(
  ledger: Ledger,
  tx: Tx,
  { before, after }: { before: Shipment; after: Shipment },
): Promise<boolean> {
  const isActive = after.plan.credential === 'active';
  if (isActive === (before.plan.credential === 'active')) return false;
  let isDue = false;
  for (const user of registeredUsersOf(after)) isDue = (await requireInOrg(ledger, tx, { user, isActive })) || isDue;
  return isDue;
}

async function requireInOrg(
  ledger: Ledger,
  tx: Tx,
  { user, isActive }: { user: RegisteredUser; isActive: boolean },
): Promise<boolean> {
  const { org, userId } = user;
  const isNew = isActive && ledger.isRegistrationWritten(org) && (await addRow(tx, user));
  const row = await tx
    .selectFrom('registrations')
    .select(['id', 'wanted'])
    .where('tenant', '=', org)
    .where('okta_user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return false;
  // A statement after the one that waited for the lock: it sees what a move of the person's other shipment committed.
  const wanted = await isWanted(tx, user);
  if (row.wanted === wanted && !isNew) return false;
  await tx
    .updateTable('registrations')
    .set({ wanted, version: sql`version + 1`, wanted_at: ledger.now(), check_due_at: sql`now()` })
    .where('id', '=', row.id)
    .execute();
  await dispatchRegistrations(sql`select ${row.id}::text as id, ${org}::text as tenant`, priorities.request).execute(
    tx,
  );
  return true;
}

/** @returns whether the person had none */
async function addRow(tx: Tx, { org, userId }: RegisteredUser): Promise<boolean> {
  const added = await tx
    .insertInto('registrations')
    .values({ id: newId('reg'), tenant: org, okta_user_id: userId, wanted: true })
    .onConflict((conflict) => conflict.columns(['tenant', 'okta_user_id']).doNothing())
    .executeTakeFirst();
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

async function isWanted(tx: Tx, { org, userId }: RegisteredUser): Promise<boolean> {
  const { tenant, userColumn } = shipmentsOf(org);
  const active = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where(userColumn, '=', userId)
    .where(hasActiveKey)
    .limit(1)
    .executeTakeFirst();
  return active !== undefined;
}
