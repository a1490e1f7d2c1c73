import { sql } from 'kysely';

import { isRunning } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { recoveryLimits } from './limits.ts';

/** A service that steps of a tenant wait for, because it does not answer or refuses the tenant's credentials. */
export interface Outage {
  tenant: string;
  service: string;
}

const dispatchAgain = sql`published_at = null, dispatch_id = nextval('outbox_dispatch_id')`;

/**
 * Makes one of the steps due that wait for each service, the most urgent first, as often as its outage says; no other
 * worker does at the same time. An outage for which nothing waits any more is forgotten.
 * @returns the outages that go on
 */
export async function probeOutages(ledger: Ledger): Promise<readonly Outage[]> {
  // All that is asked while nothing is away, every two seconds by each worker.
  if ((await readOutages(ledger)).length === 0) return [];
  await sql`
    delete from outages where not exists (
      select from outbox where outbox.tenant = outages.tenant and waits_for = service
    ) and not exists (
      select from tenants where name = tenant and pause_service = service and paused_until > now()
    )`.execute(ledger.db);
  const { numAffectedRows = 0n } = await sql`
    with due as (
      select tenant, service from outages where probe_at <= now() for update skip locked
    ), probed as (
      update outages set probe_at = now() + probe_every_ms * interval '1 ms' from due
      where outages.tenant = due.tenant and outages.service = due.service
      returning outages.tenant, outages.service
    ), first as (
      select one.subject_id, one.step from probed, lateral (
        select subject_id, step from outbox
        where tenant = probed.tenant and waits_for = probed.service and not ${isRunning}
        order by priority, due_at limit 1 for update skip locked
      ) as one
    )
    update outbox set due_at = now(), is_probe = true, ${dispatchAgain} from first
    where outbox.subject_id = first.subject_id and outbox.step = first.step`.execute(ledger.db);
  if (numAffectedRows > 0n) ledger.notifier.notify();
  return readOutages(ledger);
}

const readOutages = ({ db }: Ledger): Promise<readonly Outage[]> =>
  db.selectFrom('outages').select(['tenant', 'service']).execute();

/**
 * The service answers again: what waits for it is due, the most urgent at once and the rest spread over time, none later
 * than it was; a pause that the service was the reason for ends.
 * @returns how many steps were waiting
 */
export async function endOutage(ledger: Ledger, { tenant, service }: Outage): Promise<number> {
  const waiting = await ledger.db.transaction().execute(async (tx) => {
    await sql`
      update tenants set paused_until = null, pause_reason = null, pause_service = null, pause_credential = null
      where name = ${tenant} and pause_service = ${service}`.execute(tx);
    await tx.deleteFrom('outages').where('tenant', '=', tenant).where('service', '=', service).execute();
    const { numAffectedRows = 0n } = await sql`
      with waiting as (
        select subject_id, step from outbox
        where tenant = ${tenant} and waits_for = ${service} and not ${isRunning}
        order by subject_id, step for update skip locked
      ), paced as (
        select subject_id, step,
          now() + (row_number() over (order by priority, due_at, subject_id) - 1) * ${recoveryLimits.paceMs} * interval '1 ms' as at
        from waiting join outbox using (subject_id, step)
      )
      update outbox set due_at = least(due_at, at), waits_for = null, is_probe = false, failures = 0, ${dispatchAgain} from paced
      where outbox.subject_id = paced.subject_id and outbox.step = paced.step`.execute(tx);
    return Number(numAffectedRows);
  });
  if (waiting > 0) ledger.notifier.notify();
  return waiting;
}
