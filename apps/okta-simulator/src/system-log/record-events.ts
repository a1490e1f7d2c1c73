import { randomUUID } from 'node:crypto';

import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { queueForHooks } from '../event-hooks/queue-for-hooks.ts';
import type { RequestDetails } from '../http/handler.ts';
import { chance } from '../store/chance.ts';
import { select } from '../store/database.ts';
import { lockLog } from './late-events.ts';
import { systemPrincipal, toLogEvent, type EventDraft, type Principal } from './log-event.ts';

const administrator = (org: Org): Principal => ({
  id: org.identity.administratorId,
  type: 'User',
  alternateId: `administrator@${org.issuerHost}`,
  displayName: 'Org Administrator',
  detailEntry: null,
});

const seqSchema = z.object({ seq: z.string() });

async function nextSeq(tx: PoolClient): Promise<string> {
  const [row] = await select(tx, seqSchema, "select nextval(pg_get_serial_sequence('log_event', 'seq'))::text as seq");
  return seqSchema.parse(row).seq;
}

/** Null for an event that is in the log at once. */
function lateByMs(org: Org, seq: string): number | null {
  const { logLateMs, logLateRate, seed } = org.settings.current();
  return chance(seed, 'late', seq) < logLateRate ? logLateMs : null;
}

/**
 * Writes events to the system log and queues them for the hooks. Call it last in the transaction of the change, because
 * it takes a lock. Without request details, the org itself is the actor.
 */
export async function recordEvents(
  tx: PoolClient,
  { org, details }: { org: Org; details?: RequestDetails | undefined },
  drafts: EventDraft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const published = org.now();
  // A reader that continues after the last position it has seen never misses an event that was still uncommitted.
  await tx.query(lockLog);
  for (const draft of drafts) {
    const uuid = randomUUID();
    const actor = details === undefined ? systemPrincipal : administrator(org);
    const event = toLogEvent(draft, { uuid, published, actor, details });
    const seq = await nextSeq(tx);
    await tx.query(
      `insert into log_event (seq, position, arrives, uuid, event_type, published, persisted, body)
       overriding system value
       values ($1, case when $2::int is null then $1::bigint end, clock_timestamp() + $2::int * interval '1 ms',
         $3, $4, $5, clock_timestamp(), $6)`,
      [seq, lateByMs(org, seq), uuid, event.eventType, published, JSON.stringify(event)],
    );
    await queueForHooks(tx, { org, seq, event });
  }
}
