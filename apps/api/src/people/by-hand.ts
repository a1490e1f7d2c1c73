import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';
import { writeDirectory, type Origin, type Scope } from '@keycourier/ledger/directory/scope';

import type { TenantSettings } from '../context.ts';

export const byHand = ({ name }: Pick<TenantSettings, 'name'>): Origin => ({ kind: 'manual', tenant: name });

/** An operator's write in a transaction that is open already; relays are to be notified after its commit. */
export const scopeOf = (ledger: Ledger, db: Tx, tenant: TenantSettings): Scope => ({
  ledger,
  db,
  origin: byHand(tenant),
  isTriggerGroup: tenant.isTriggerGroup,
});

/** An operator's write in a transaction of its own. */
export const writeByHand = <Result>(
  ledger: Ledger,
  tenant: TenantSettings,
  work: (scope: Scope) => Promise<Result>,
): Promise<Result> => writeDirectory(ledger, { origin: byHand(tenant), isTriggerGroup: tenant.isTriggerGroup }, work);
