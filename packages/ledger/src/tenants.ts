import { sql } from 'kysely';

import type { Ledger } from './connect-ledger.ts';

/** Pauses the tenant's steps until `until`, unless a longer pause is set: a service refuses its credentials, and no shipment is to blame. */
export async function pauseTenant(
  ledger: Ledger,
  tenant: string,
  { until, reason }: { until: Date; reason: string },
): Promise<void> {
  const pause = { paused_until: until, pause_reason: reason };
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

/** Ends all pauses: new credentials come with a restart. In one order, since several processes start at once. */
export async function endPauses(ledger: Ledger): Promise<void> {
  await sql`
    update tenants set paused_until = null, pause_reason = null
    where name in (select name from tenants where paused_until is not null order by name for update)`.execute(
    ledger.db,
  );
}
