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
