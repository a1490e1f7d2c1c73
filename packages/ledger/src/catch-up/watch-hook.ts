import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { utcDay } from '../events/record-events.ts';

/** Events that Okta delivers to an org's hooks in a day; it drops what is beyond (Okta, "Event hooks"). */
export const dailyCap = 400_000;

/** Okta itself warns at this share. */
export const capWarningShare = 0.7;

/** Whether Okta delivers to a tenant's hook, as the org says; `unknown` where it could not be asked. */
export type HookStatus = 'verified' | 'unverified' | 'inactive' | 'missing' | 'unknown';

export async function recordHookStatus(
  ledger: Ledger,
  tenant: string,
  { status, problem }: { status: HookStatus; problem: string | null },
): Promise<void> {
  await ledger.db
    .updateTable('catch_up')
    .set({ hook_status: status, hook_problem: problem, hook_checked_at: ledger.now() })
    .where('tenant', '=', tenant)
    .execute();
}

/**
 * The number of events delivered today, once a day, by whichever worker asks first after it passed the share that is
 * warned of; null at any other time.
 */
export async function takeCapWarning(ledger: Ledger, tenant: string): Promise<number | null> {
  const today = utcDay(ledger.now());
  const { rows } = await sql<{ delivered: string }>`
    with today as (
      select coalesce(sum(delivered), 0) as delivered from event_counts where tenant = ${tenant} and day = ${today}
    )
    insert into catch_up (tenant, cap_warned_on)
    select ${tenant}, ${today} from today where delivered >= ${dailyCap * capWarningShare}::int
    on conflict (tenant) do update set cap_warned_on = excluded.cap_warned_on
      where catch_up.cap_warned_on is distinct from excluded.cap_warned_on
    returning (select delivered from today) as delivered`.execute(ledger.db);
  const [row] = rows;
  return row === undefined ? null : Number(row.delivered);
}
