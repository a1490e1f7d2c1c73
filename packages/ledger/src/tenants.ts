import type { Ledger } from './open-ledger.ts';

/** Stops the tenant's doors until `until`: a service refuses its credentials, and no shipment is to blame. */
export async function pauseTenant(ledger: Ledger, tenant: string, until: Date, reason: string): Promise<void> {
  const pause = { paused_until: until, pause_reason: reason };
  await ledger.db
    .insertInto('tenants')
    .values({ name: tenant, ...pause })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(pause))
    .execute();
}

/** Ends all pauses: new credentials come with a restart. */
export async function endPauses(ledger: Ledger): Promise<void> {
  await ledger.db.updateTable('tenants').set({ paused_until: null, pause_reason: null }).execute();
}
