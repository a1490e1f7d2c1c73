import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

export interface OutboxMessage {
  subjectId: string;
  step: string;
  tenant: string;
  /** Part of the queue job's id: the same while one publish is repeated, another for the next one. */
  dispatchId: string;
  /** 0 is first. */
  priority: number;
}

export interface PublishedMessage extends OutboxMessage {
  /** Counted from 1: which of the tenant's messages of this step, and of no lesser priority, in the queue it is. */
  rank: number;
}

/**
 * Passes messages that are due to `publish` and marks them as published in the same transaction. When publish or the
 * commit fails, the same messages come again under the same dispatch id, and the queue ignores the copies. Messages of
 * steps that are not known here are a newer version's: they stay in the outbox. So does what exceeds `window` messages of
 * a tenant, step and priority in the queue: no tenant's backlog is in the way of another's.
 * @returns how many were published; a full `limit` means that more may be due
 */
export async function publishDue(
  ledger: Ledger,
  { knownSteps, limit, window = unlimited }: { knownSteps: readonly string[]; limit: number; window?: number },
  publish: (messages: readonly PublishedMessage[]) => Promise<void>,
): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    const { rows } = await nextMessages({ knownSteps, limit, window }).execute(tx);
    if (rows.length > 0) await publish(rows);
    return rows.length;
  });
}

interface Selection {
  knownSteps: readonly string[];
  limit: number;
  window: number;
}

function nextMessages({ knownSteps, limit, window }: Selection): RawBuilder<PublishedMessage> {
  // Jumps from one tenant, step and priority to the next, so that a backlog is not read as a whole.
  return sql<PublishedMessage>`
    with recursive lane (tenant, step, priority) as (
      (select tenant, step, priority from outbox where published_at is null order by tenant, step, priority limit 1)
      union all
      select next.* from lane, lateral (
        select tenant, step, priority from outbox
        where published_at is null and (tenant, step, priority) > (lane.tenant, lane.step, lane.priority)
        order by tenant, step, priority limit 1
      ) as next
    ), space as (
      select lane.*, (
        select count(*)::int from outbox as queued
        where queued.tenant = lane.tenant and queued.step = lane.step and queued.priority <= lane.priority
          and published_at is not null and due_at <= now()
      ) as before
      from lane where step = any(${knownSteps})
    ), due as (
      select one.*, before from space, lateral (
        select subject_id, step, tenant, priority, due_at, dispatch_id from outbox
        where tenant = space.tenant and step = space.step and priority = space.priority
          and published_at is null and due_at <= now()
        order by due_at, dispatch_id
        limit least(${limit}::integer, greatest(${window}::integer - before, 0)) for update skip locked
      ) as one
    ), in_order as (
      select *, before + row_number() over (partition by tenant, step order by priority, due_at, dispatch_id) as rank
      from due order by rank, priority, due_at, dispatch_id limit ${limit}
    ), published as (
      update outbox set published_at = now() from in_order
      where outbox.subject_id = in_order.subject_id and outbox.step = in_order.step
      returning outbox.*, rank
    )
    select subject_id as "subjectId", step, tenant, dispatch_id as "dispatchId", priority, rank::int from published
    order by rank, priority, due_at, published.dispatch_id`;
}

/** Of Postgres' integers the largest. */
const unlimited = 2_147_483_647;

/** How many messages there are per step that is not known here. */
export async function countUnknownSteps(
  ledger: Ledger,
  knownSteps: readonly string[],
): Promise<readonly { step: string; messages: number }[]> {
  const { rows } = await sql<{ step: string; messages: number }>`
    select step, count(*)::int as messages from outbox where step <> all(${knownSteps}) group by step order by step`.execute(
    ledger.db,
  );
  return rows;
}
