import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { priorities } from '../outbox/add-messages.ts';
import { hasActiveKey } from '../shipments/plan-predicates.ts';
import { registrationStep } from './dispatch-registrations.ts';
import { registrationTimes } from './limits.ts';

/**
 * For each tenant that writes registrations: adds people who got their key before it did, starts anew where the target
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
  for (const [tenant, target] of targets)
    added += await ledger.db.transaction().execute(async (tx) => {
      await startAnew(tx, tenant, target);
      await addMissing(tx, tenant, limit);
      return (await probe(tx, tenant)) + (await addMessages(tx, tenant, limit));
    });
  if (added > 0) ledger.notifier.notify();
  return added;
}

/** What was written for another target says nothing about this one. */
async function startAnew(tx: Tx, tenant: string, target: string): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    insert into registration_settings as known (tenant, target) values (${tenant}, ${target})
    on conflict (tenant) do update set target = excluded.target, problem = null, problem_since = null, retry_at = null,
      probe_id = null where known.target <> excluded.target`.execute(tx);
  if (numAffectedRows === 0n) return;
  await sql`
    update registrations set written = null, problem = null, problem_since = null, version = version + 1, check_due_at = now()
    where tenant = ${tenant}`.execute(tx);
}

async function addMissing(tx: Tx, tenant: string, limit: number): Promise<void> {
  const missing = await tx
    .selectFrom('shipments')
    .select('okta_user_id')
    .where('tenant', '=', tenant)
    .where(hasActiveKey)
    .where('okta_user_id', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('registrations as known')
            .select('known.id')
            .whereRef('known.tenant', '=', 'shipments.tenant')
            .whereRef('known.okta_user_id', '=', 'shipments.okta_user_id'),
        ),
      ),
    )
    .limit(limit)
    // Until this is committed, no move may revoke a credential and miss the new row.
    .forShare()
    .skipLocked()
    .execute();
  const values = missing.flatMap(({ okta_user_id: userId }) =>
    userId === null ? [] : [{ id: newId('reg'), tenant, okta_user_id: userId, wanted: true }],
  );
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

async function addMessages(tx: Tx, tenant: string, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into outbox (subject_id, step, tenant, priority)
    select id, ${registrationStep}, tenant, ${priorities.batch}::smallint from registrations
    where tenant = ${tenant} and check_due_at <= now() and not ${hasMessage} and not ${isStopped}
    order by check_due_at limit ${limit}
    on conflict (subject_id, step) do nothing`.execute(tx);
  return Number(numAffectedRows);
}

/** One of those that wait is tried again, by one of the workers. */
async function probe(tx: Tx, tenant: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    with due as (
      update registration_settings set
        retry_at = now() + ${registrationTimes.settingsRetryMs} * interval '1 ms',
        probe_id = (
          select id from registrations where tenant = ${tenant} and written is distinct from wanted
          order by problem is null, wanted_at limit 1
        )
      where tenant = ${tenant} and problem is not null and problem <> 'attribute_sourced' and retry_at <= now()
      returning probe_id
    )
    insert into outbox (subject_id, step, tenant, priority)
    select probe_id, ${registrationStep}, ${tenant}, ${priorities.batch}::smallint from due where probe_id is not null
    on conflict (subject_id, step) do nothing`.execute(tx);
  return Number(numAffectedRows);
}
