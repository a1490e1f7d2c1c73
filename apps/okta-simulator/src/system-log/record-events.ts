import { randomUUID } from 'node:crypto';

import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { queueForHooks } from '../event-hooks/queue-for-hooks.ts';
import type { Occasion } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { systemPrincipal, toLogEvent, type Happening, type Principal } from './log-event.ts';

function administrator(org: Org): Principal {
  return {
    id: org.identity.administratorId,
    type: 'User',
    alternateId: `administrator@${org.issuerHost}`,
    displayName: 'Org Administrator',
    detailEntry: null,
  };
}

/**
 * Writes events to the system log and queues them for the hooks, in the transaction of the change that they tell of: the
 * last thing that transaction does. Without an occasion the org itself is the actor.
 */
export async function recordEvents(
  tx: PoolClient,
  org: Org,
  occasion: Occasion | undefined,
  happenings: Happening[],
): Promise<void> {
  if (happenings.length === 0) return;
  const published = org.now();
  // Held until the commit: events become visible in the order of their seq, so a reader that remembers the last seq
  // it saw never steps over one that was still uncommitted.
  await tx.query("select pg_advisory_xact_lock(hashtext('log_event'))");
  for (const happening of happenings) {
    const uuid = randomUUID();
    const actor = occasion === undefined ? systemPrincipal : administrator(org);
    const event = toLogEvent(happening, { uuid, published, actor, occasion });
    const [row] = await select(
      tx,
      z.object({ seq: z.string() }),
      `insert into log_event (uuid, event_type, published, persisted, body)
       values ($1, $2, $3, clock_timestamp(), $4) returning seq`,
      [uuid, event.eventType, published, JSON.stringify(event)],
    );
    if (row !== undefined) await queueForHooks(tx, row.seq, event);
  }
}
