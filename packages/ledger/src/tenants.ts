import { sql } from 'kysely';

import type { Ledger } from './connect-ledger.ts';
import { recoveryLimits } from './outages/limits.ts';

export interface Pause {
  until: Date;
  reason: string;
  /** The service that refuses the credentials. */
  service: string;
  /** A keyed hash of the refused credentials: others make the pause obsolete. */
  credential: string | null;
}

/**
 * Pauses the tenant's steps until `until`, unless a longer pause is set: a service refuses its credentials, and no shipment
 * is to blame. One of the steps that wait tries it now and then.
 */
export async function pauseTenant(
  ledger: Ledger,
  tenant: string,
  { until, reason, service, credential }: Pause,
): Promise<void> {
  // The outage first: a pause without one would be looked at by no worker, while an outage without a pause ends by itself.
  const everyMs = recoveryLimits.refusedProbeEveryMs;
  await sql`
    insert into outages (tenant, service, probe_every_ms, probe_at)
    values (${tenant}, ${service}, ${everyMs}, now() + ${everyMs} * interval '1 ms')
    on conflict (tenant, service) do nothing`.execute(ledger.db);
  const pause = { paused_until: until, pause_reason: reason, pause_service: service, pause_credential: credential };
  await ledger.db
    .insertInto('tenants')
    .values({ name: tenant, ...pause })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(pause)
        .where(sql<boolean>`coalesce(tenants.paused_until < excluded.paused_until, true)`),
    )
    .execute();
}

/** The pauses that have not run out, with the credentials that were refused. */
export async function readPauses(
  ledger: Ledger,
): Promise<readonly { tenant: string; service: string; credential: string | null }[]> {
  const { rows } = await sql<{ tenant: string; service: string; credential: string | null }>`
    select name as tenant, pause_service as service, pause_credential as credential from tenants
    where paused_until > now() and pause_service is not null`.execute(ledger.db);
  return rows;
}
