import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { utcDay } from '../../events/record-events.ts';

/** Answers of one connection: `refused` are its 4xx, `failed` its 5xx. */
export interface AnswerCounts {
  requests: number;
  refused: number;
  failed: number;
}

export interface DayCounts extends AnswerCounts {
  /** In UTC, such as 2026-11-28. */
  day: string;
}

const shards = 8;

/** Adds to today's counts. Several processes, or requests, may count at once without waiting for each other. */
export async function countAnswers(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  connectionId: string,
  { requests, refused, failed }: AnswerCounts,
): Promise<void> {
  await sql`
    insert into scim_counts as counts (connection_id, day, shard, requests, refused, failed)
    values (${connectionId}, ${utcDay(now())}, ${Math.floor(Math.random() * shards)}::int, ${requests}, ${refused}, ${failed})
    on conflict (connection_id, day, shard) do update set
      requests = counts.requests + excluded.requests, refused = counts.refused + excluded.refused,
      failed = counts.failed + excluded.failed`.execute(db);
}

/** The last `days` days on which there was a request, newest first; none for another tenant's connection. */
export async function readCounts(
  { db }: Pick<Ledger, 'db'>,
  { tenant, connectionId, days }: { tenant: string; connectionId: string; days: number },
): Promise<readonly DayCounts[]> {
  const { rows } = await sql<Record<keyof DayCounts, string>>`
    select day::text, sum(requests) as requests, sum(refused) as refused, sum(failed) as failed
    from scim_counts join scim_connections on id = connection_id
    where connection_id = ${connectionId} and tenant = ${tenant}
    group by day order by day desc limit ${days}`.execute(db);
  return rows.map(({ day, requests, refused, failed }) => ({
    day,
    requests: Number(requests),
    refused: Number(refused),
    failed: Number(failed),
  }));
}

export interface RecentCounts {
  today: AnswerCounts;
  /** Today and the six days before it, in UTC. */
  last7Days: AnswerCounts;
}

/** Of each connection of a tenant that had requests in these days. */
export async function readRecentCounts(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
): Promise<ReadonlyMap<string, RecentCounts>> {
  const today = utcDay(now());
  const isoDay = now().toISOString().slice(0, 10);
  const { rows } = await sql<Record<keyof DayCounts | 'id', string>>`
    select id, day::text, sum(requests) as requests, sum(refused) as refused, sum(failed) as failed
    from scim_counts join scim_connections on id = connection_id
    where tenant = ${tenant} and day > ${today} - 7 and day <= ${today} group by id, day`.execute(db);
  const counts = new Map<string, RecentCounts>();
  for (const { id, day, ...texts } of rows) {
    const { today: soFar, last7Days } = counts.get(id) ?? noRequests;
    const these = { requests: Number(texts.requests), refused: Number(texts.refused), failed: Number(texts.failed) };
    counts.set(id, { today: day === isoDay ? these : soFar, last7Days: sumOf(last7Days, these) });
  }
  return counts;
}

const none: AnswerCounts = { requests: 0, refused: 0, failed: 0 };

export const noRequests: RecentCounts = { today: none, last7Days: none };

const sumOf = (one: AnswerCounts, other: AnswerCounts): AnswerCounts => ({
  requests: one.requests + other.requests,
  refused: one.refused + other.refused,
  failed: one.failed + other.failed,
});
