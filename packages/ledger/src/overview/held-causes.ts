import { readCause } from '@keycourier/journey/model/cause';
import type { Problem } from '@keycourier/journey/model/shipment';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { maxSnoozed, snoozedIn } from '../holds/claims.ts';

/** Counts stop here: what is more is shown as "1,000+". */
export const countedAtMost = 1_000;

/** More causes of one hold code are not listed: they would not be read. Each code is listed, however many another has. */
export const maxCausesOfCode = 40;

const maxCodes = 100;

/** The held shipments of a tenant that have the same cause, and so the same remedy. */
export interface HeldCause {
  /** As `ShipmentFilter.cause` takes it. */
  cause: string;
  code: string;
  problems: readonly Problem[];
  count: number;
  /** There are more than `count`. */
  isMore: boolean;
  /** Of those that were counted, when the first was held. */
  heldSince: Date | null;
}

export interface HeldCauses {
  /** Those of most shipments first. */
  causes: readonly HeldCause[];
  /** Some code has more causes than are listed. */
  isMore: boolean;
  /** Held shipments that are snoozed until later, up to `maxSnoozed`: they are in none of the causes. */
  snoozed: number;
}

interface Row {
  code: string;
  cause: string;
  nth: number;
  count: number;
  since: Date | null;
}

/** The causes of a tenant's holds that need attention; dry runs are left out. Costs what is listed, not what is held. */
export async function readHeldCauses({ db, now }: Pick<Ledger, 'db' | 'now'>, tenant: string): Promise<HeldCauses> {
  const [{ rows }, snoozed] = await Promise.all([
    causesOf(tenant, now()).execute(db),
    sql<{ count: number }>`select count(*)::float8 as count from (${snoozedIn(tenant, now())}) as snoozed`.execute(db),
  ]);
  return {
    causes: rows
      .filter(({ count, nth }) => count > 0 && nth <= maxCausesOfCode)
      .map(({ cause, count, since }) => ({
        cause,
        ...readCause(cause),
        count: Math.min(count, countedAtMost),
        isMore: count > countedAtMost,
        heldSince: since,
      }))
      .toSorted((one, other) => other.count - one.count || (one.cause < other.cause ? -1 : 1)),
    isMore: rows.some(({ nth }) => nth > maxCausesOfCode),
    snoozed: Math.min(snoozed.rows[0]?.count ?? 0, maxSnoozed),
  };
}

/**
 * Each code by a search for the next one, each cause of it likewise, and its shipments up to the limit. A version that stored
 * no cause held for the code alone.
 */
const causesOf = (tenant: string, now: Date): RawBuilder<Row> => sql<Row>`
  with recursive snoozed as materialized (${snoozedIn(tenant, now)}),
  codes as (
    (select hold_code as code, 1 as nth from shipments where ${isHeld(tenant)} order by hold_code limit 1)
    union all
    select (select hold_code from shipments where ${isHeld(tenant)} and hold_code > codes.code
      order by hold_code limit 1), nth + 1
    from codes where code is not null and nth < ${maxCodes}
  ), causes as (
    select code, (select min(hold_cause) from shipments where ${isHeld(tenant)} and hold_code = code) as cause, 1 as nth
    from codes where code is not null
    union all
    select code, (select min(hold_cause) from shipments
      where ${isHeld(tenant)} and hold_code = code and hold_cause > cause), nth + 1
    from causes where cause is not null and nth <= ${maxCausesOfCode}
  ), counted as (
    select code, cause, nth, counts.* from causes, lateral (${countOf(tenant, sql`hold_cause = causes.cause`)}) as counts
    where cause is not null
    union all
    select code, code, 1, counts.*
    from codes as causes, lateral (${countOf(tenant, sql`hold_cause is null`)}) as counts where code is not null
  )
  select code, ${ofThisHold} as cause, min(nth) as nth, sum(count) as count, min(since) as since
  from counted group by 1, 2`;

/** A version that stored no cause left that of an earlier hold. */
const ofThisHold = sql`case when split_part(cause, ' ', 1) = code then cause else code end`;

const countOf = (tenant: string, isOfCause: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select count(*)::float8 as count, min(hold_since) as since from (
    select hold_since from shipments where ${isHeld(tenant)} and hold_code = causes.code and ${isOfCause}
      and id not in (select id from snoozed) limit ${countedAtMost + 1}) as listed`;

/** The predicate of the index `shipments_held_by_code`. */
const isHeld = (tenant: string): RawBuilder<unknown> =>
  sql`tenant = ${tenant} and hold_code is not null and not dry_run`;
