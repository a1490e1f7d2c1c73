import type { StepFailure } from '@keycourier/journey/ports/ledger';
import { sql, type RawBuilder } from 'kysely';

import { recoveryLimits } from './limits.ts';

/** Assignments to a row of `outbox` whose attempt ended. Without a failure, failures are counted anew. */
export function afterFailure(failure: StepFailure | undefined): RawBuilder<unknown> {
  const waitsFor = failure?.waitsFor ?? null;
  if (failure === undefined) return sql`failures = 0, waits_for = null, is_probe = false`;
  return sql`failures = failures + ${failure.isCounted ? 1 : 0}, waits_for = ${waitsFor}, is_probe = false`;
}

/** Records that a service is away for the tenants that `tenants` selects, unless that is known or the failure is another. */
export function recordOutage(failure: StepFailure | undefined, tenants: RawBuilder<unknown>): RawBuilder<unknown> {
  if (failure === undefined || failure.waitsFor === null) return tenants;
  const everyMs = failure.isRefusal === true ? recoveryLimits.refusedProbeEveryMs : recoveryLimits.probeEveryMs;
  return sql`
    insert into outages (tenant, service, probe_every_ms, probe_at)
    select tenant, ${failure.waitsFor}, ${everyMs}::integer, now() + ${everyMs} * interval '1 ms' from (${tenants}) as away
    on conflict (tenant, service) do nothing`;
}
