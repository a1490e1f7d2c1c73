import { readCause } from '@keycourier/journey/model/cause';
import type { Problem } from '@keycourier/journey/model/shipment';
import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Tables } from '../tables.ts';

/** Counts stop here: what is more is shown as "1,000+". */
export const countedAtMost = 1_000;

/** More causes are not listed: they would not be read. */
export const maxCauses = 50;

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

interface Row {
  cause: string;
  count: number;
  since: Date | null;
}

/** The causes of a tenant's holds, those of most shipments first; dry runs are left out. Costs what is listed, not what is held. */
export async function readHeldCauses(db: Kysely<Tables>, tenant: string): Promise<readonly HeldCause[]> {
  const { rows } = await causesOf(tenant).execute(db);
  return rows
    .map(({ cause, count, since }) => ({
      cause,
      ...readCause(cause),
      count: Math.min(count, countedAtMost),
      isMore: count > countedAtMost,
      heldSince: since,
    }))
    .toSorted((one, other) => other.count - one.count || (one.cause < other.cause ? -1 : 1));
}

/** In the index's order, each cause by a search for the next one, and its shipments up to the limit. */
const causesOf = (tenant: string): RawBuilder<Row> => sql<Row>`
  with recursive causes as (
    (select hold_cause as cause, 1 as nth from shipments where ${isHeld(tenant)} and hold_cause is not null
      order by hold_cause limit 1)
    union all
    select (select hold_cause from shipments where ${isHeld(tenant)} and hold_cause > causes.cause
      order by hold_cause limit 1), nth + 1
    from causes where cause is not null and nth < ${maxCauses}
  ), counted as (
    select cause, counts.* from causes, lateral (
      select count(*)::float8 as count, min(hold_since) as since from (
        select hold_since from shipments where ${isHeld(tenant)} and hold_cause = causes.cause
        limit ${countedAtMost + 1}) as listed
    ) as counts where cause is not null
  )
  select * from counted union all select * from ${ofNoCause(tenant)} as of_no_cause`;

/** Held by a version that stored no cause. */
const ofNoCause = (tenant: string): RawBuilder<unknown> => sql`(
  select hold_code as cause, count(*)::float8 as count, min(hold_since) as since from (
    select hold_code, hold_since from shipments where ${isHeld(tenant)} and hold_cause is null limit ${countedAtMost + 1}
  ) as listed group by hold_code)`;

/** The predicate of the index `shipments_held_by_cause`. */
const isHeld = (tenant: string): RawBuilder<unknown> =>
  sql`tenant = ${tenant} and hold_code is not null and not dry_run`;
