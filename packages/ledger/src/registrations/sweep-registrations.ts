import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { priorities } from '../outbox/add-messages.ts';
import { hasActiveKey } from '../shipments/plan-predicates.ts';
import { registrationStep } from './dispatch-registrations.ts';
import { registrationTimes } from './limits.ts';
import { shipmentsOf } from './require-registration.ts';

/**
 * For each org that registrations are written in, which is a tenant's or its hub by that one's name: adds people who got their key before it did, starts anew where the target
 * changed, and makes messages for a bounded number of registrations that are to be written or verified. While the settings
 * are wrong for everyone, one person is tried now and then.
 * @returns how many messages were added
 */
export async function sweepRegistrations(
  ledger: Ledger,
  targets: ReadonlyMap<string, string>,
  limit: number = registrationTimes.perSweep,
): Promise<number> {
  let added = 0;
  for (const [org, target] of targets)
    added += await ledger.db.transaction().execute(async (tx) => {
      await startAnew(tx, org, target);
      await addMissing(tx, org, limit);
      return (await probe(tx, org)) + (await addMessages(tx, org, limit));
    });
  if (added > 0) ledger.notifier.notify();
  return added;
}

/** What was written for another target says nothing about this one. */
async function startAnew(tx: Tx, org: string, target: string): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    insert into registration_settings as known (tenant, target) values (${org}, ${target})
    on conflict (tenant) do update set target = excluded.target, problem = null, problem_since = null, retry_at = null,
      probe_id = null where known.target <> excluded.target`.execute(tx);
  if (numAffectedRows === 0n) return;
  await sql`
    update registrations set written = null, problem = null, problem_since = null, version = version + 1, check_due_at = now()
    where tenant = ${org}`.execute(tx);
}

async function addMissing(tx: Tx, org: string, limit: number): Promise<void> {
  const { tenant, userColumn } = shipmentsOf(org);
  const missing = await tx
    .selectFrom('shipments')
    .select(userColumn.as('userId'))
    .where('tenant', '=', tenant)
    .where(hasActiveKey)
    .where(userColumn, 'is not', null)
    .where(
      sql<boolean>`not exists (select from registrations as known where known.tenant = ${org} and known.okta_user_id = ${userColumn})`,
    )
    .limit(limit)
    // Until this is committed, no move may revoke a credential and miss the new row.
    .forShare()
    .skipLocked()
    .execute();
  const values = missing.map(({ userId }) => ({ id: newId('reg'), tenant: org, okta_user_id: userId, wanted: true }));
  if (values.length === 0) return;
  await tx
    .insertInto('registrations')
    .values(values)
    .onConflict((conflict) => conflict.columns(['tenant', 'okta_user_id']).doNothing())
    .execute();
}

const isStopped = sql<boolean>`exists (
  select from registration_settings as settings
  where settings.tenant = registrations.tenant and settings.problem is not null and settings.problem <> 'attribute_sourced'
)`;

const hasMessage = sql<boolean>`exists (
  select from outbox where subject_id = registrations.id and step = ${registrationStep}
)`;

async function addMessages(tx: Tx, org: string, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into outbox (subject_id, step, tenant, priority)
    select id, ${registrationStep}, tenant, ${priorities.batch}::smallint from registrations
    where tenant = ${org} and check_due_at <= now() and not ${hasMessage} and not ${isStopped}
    order by check_due_at limit ${limit}
    on conflict (subject_id, step) do nothing`.execute(tx);
  return Number(numAffectedRows);
}

/** One of those that wait is tried again, by one of the workers. */
async function probe(tx: Tx, org: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    with due as (
      update registration_settings set
        retry_at = now() + ${registrationTimes.settingsRetryMs} * interval '1 ms',
        probe_id = (
          select id from registrations where tenant = ${org} and written is distinct from wanted
          order by problem is null, wanted_at limit 1
        )
      where tenant = ${org} and problem is not null and problem <> 'attribute_sourced' and retry_at <= now()
      returning probe_id
    )
    insert into outbox (subject_id, step, tenant, priority)
    select probe_id, ${registrationStep}, ${org}, ${priorities.batch}::smallint from due where probe_id is not null
    on conflict (subject_id, step) do nothing`.execute(tx);
  return Number(numAffectedRows);
}
