import { randomUUID } from 'node:crypto';

import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { queueForHooks } from '../event-hooks/queue-for-hooks.ts';
import type { RequestDetails } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { systemPrincipal, toLogEvent, type EventDraft, type Principal } from './log-event.ts';

const administrator = (org: Org): Principal => ({
  id: org.identity.administratorId,
  type: 'User',
  alternateId: `administrator@${org.issuerHost}`,
  displayName: 'Org Administrator',
  detailEntry: null,
});

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
  // Held until the commit, so that events become visible in the order of their seq: a reader that continues after the
  // last seq it has seen never misses one that was still uncommitted.
  await tx.query("select pg_advisory_xact_lock(hashtext('log_event'))");
  for (const draft of drafts) {
    const uuid = randomUUID();
    const actor = details === undefined ? systemPrincipal : administrator(org);
    const event = toLogEvent(draft, { uuid, published, actor, details });
    const [row] = await select(tx, z.object({ seq: z.string() }), {
      text: `insert into log_event (uuid, event_type, published, persisted, body)
       values ($1, $2, $3, clock_timestamp(), $4) returning seq`,
      values: [uuid, event.eventType, published, JSON.stringify(event)],
    });
    if (row !== undefined) await queueForHooks(tx, row.seq, event);
  }
}
