import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';
import { writeDirectory, type Origin, type Scope } from '@keycourier/ledger/directory/scope';

import type { Act, Acts } from '../audit/acts-of.ts';
import type { TenantSettings } from '../context.ts';

export const byHand = ({ name }: Pick<TenantSettings, 'name'>): Origin => ({ kind: 'manual', tenant: name });

/** An operator's write in a transaction that is open already; relays are to be notified after its commit. */
export const scopeOf = (ledger: Ledger, db: Tx, tenant: TenantSettings): Scope => ({
  ledger,
  db,
  origin: byHand(tenant),
  isTriggerGroup: tenant.isTriggerGroup,
});

/** An operator's write in a transaction of its own, with its audit entry, unless it is refused. */
export async function writeByHand<Result extends { outcome: string }>(
  ledger: Ledger,
  tenant: TenantSettings,
  { work, acts, act }: { work: (scope: Scope) => Promise<Result>; acts: Acts; act: Act },
): Promise<Result> {
  const options = { origin: byHand(tenant), isTriggerGroup: tenant.isTriggerGroup };
  const result = await writeDirectory(ledger, options, async (scope) => {
    const written = await work(scope);
    if (written.outcome !== 'refused') await acts.record(scope.db, act);
    return written;
  });
  acts.committed();
  return result;
}
