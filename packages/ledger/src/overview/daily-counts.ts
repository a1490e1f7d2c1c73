import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';
import { dailyEvents, type DailyEvent } from './count-days.ts';

/** What happened on a UTC day. */
export interface DayCounts {
  /** As in `2026-03-02`. */
  day: string;
  counts: Readonly<Record<DailyEvent, number>>;
}

const none: DayCounts['counts'] = {
  requested: 0,
  ordered: 0,
  shipped: 0,
  delivered: 0,
  activated: 0,
  pin_sent: 0,
  held: 0,
  failed: 0,
  cancelled: 0,
  revoked: 0,
};

const dayMs = 24 * 3_600_000;

/** What happened on each of the last `days` days, today last; at rest it is complete but for the last minute. */
export async function readDailyCounts(
  db: Kysely<Tables>,
  tenant: string,
  { now, days }: { now: Date; days: number },
): Promise<readonly DayCounts[]> {
  const first = new Date(now.getTime() - (days - 1) * dayMs);
  const { rows } = await sql<{ day: string; what: string; count: number }>`
    select day::text as day, what, count::float8 as count from daily_counts
    where tenant = ${tenant} and day >= ${dayOf(first)}::date and day <= ${dayOf(now)}::date`.execute(db);
  return Array.from({ length: days }, (_, index) => {
    const day = dayOf(new Date(first.getTime() + index * dayMs));
    return { day, counts: countsOf(rows.filter((row) => row.day === day)) };
  });
}

const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

function countsOf(rows: readonly { what: string; count: number }[]): DayCounts['counts'] {
  const counts = { ...none };
  for (const { what, count } of rows) {
    const known = dailyEvents.find((one) => one === what);
    if (known !== undefined) counts[known] = count;
  }
  return counts;
}
