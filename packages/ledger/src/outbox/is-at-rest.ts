import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';
import { isWaitingForSlot } from '../shipments/plan-predicates.ts';

/**
 * Whether nothing is under way, nor waits for what no message has a time for: no message was published whose step has not ended, no
 * service is away, and no shipment waits for a slot. Then no worker that is gone, and no queue that lost its jobs, has left anything to be
 * found.
 */
export async function isAtRest({ db }: Pick<Ledger, 'db'>): Promise<boolean> {
  const { rows } = await sql<{ isAtRest: boolean }>`${prepared}
    select not exists (select from outbox where published_at is not null) and not exists (select from outages)
      and not exists (select from shipments where ${isWaitingForSlot}) as "isAtRest"`.execute(db);
  return rows[0]?.isAtRest ?? false;
}
