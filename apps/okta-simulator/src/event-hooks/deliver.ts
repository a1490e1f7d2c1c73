import type { Org } from '../context.ts';
import { chance } from '../store/chance.ts';
import { inTransaction, select } from '../store/database.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { callHook, describeCall, hasSucceeded, isWorthRetrying, type CallResult } from './call-hook.ts';
import { eventsOf, type Delivery } from './claim-delivery.ts';
import { envelope, toHookEvent } from './envelope.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { hookSchema, type Hook } from './hook.ts';

/** The result of a delivery attempt. */
export type Conclusion = 'delivered' | 'retry' | 'failed' | 'dropped';

export function conclude(delivery: Pick<Delivery, 'attempts'>, result: CallResult): Conclusion {
  if (hasSucceeded(result)) return 'delivered';
  return isWorthRetrying(result) && delivery.attempts === 0 ? 'retry' : 'failed';
}

/**
 * Makes one attempt at a delivery and records its result. After a crash the attempt is made again: delivery is at least
 * once, as Okta documents.
 */
export async function deliver(org: Org, delivery: Delivery): Promise<Conclusion> {
  const [hook] = await select(org.db, hookSchema, {
    text: 'select * from event_hook where id = $1',
    values: [delivery.hook_id],
  });
  if (hook === undefined || hook.status !== 'ACTIVE' || hook.verification_status !== 'VERIFIED') {
    await drop(org, delivery);
    return 'dropped';
  }
  const events = await eventsOf(org, delivery);
  const body = envelope(
    org.issuerHost,
    { eventId: delivery.event_id, hookId: hook.id, eventTime: delivery.event_time },
    events.map(toHookEvent),
  );
  const result = await callHook(org, hook, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const conclusion = conclude(delivery, result);
  switch (conclusion) {
    case 'delivered':
      if (isSentAgain(org, delivery)) await retryAfter(org, delivery, 0);
      else await drop(org, delivery);
      break;
    case 'retry':
      await retryAfter(org, delivery, org.settings.current().hookRetryDelayMs);
      break;
    case 'failed':
      await recordFailure(org, { delivery, hook, result });
      break;
    case 'dropped':
      break;
  }
  org.logger.info(
    { hookId: hook.id, eventId: delivery.event_id, events: events.length, conclusion },
    'event hook called',
  );
  return conclusion;
}

/** As if the answer had been lost on its way: Okta delivers at least once. */
function isSentAgain(org: Org, { attempts, seqs }: Delivery): boolean {
  const { hookDuplicateRate, seed } = org.settings.current();
  return attempts === 0 && chance(seed, 'duplicate', seqs[0] ?? '') < hookDuplicateRate;
}

async function retryAfter(org: Org, delivery: Delivery, delayMs: number): Promise<void> {
  await org.db.query(
    `update hook_delivery set attempts = attempts + 1, due = clock_timestamp() + $2 * interval '1 ms' where event_id = $1`,
    [delivery.event_id, delayMs],
  );
}

async function drop(org: Org, delivery: Delivery): Promise<void> {
  await org.db.query('delete from hook_delivery where event_id = $1', [delivery.event_id]);
}

async function recordFailure(
  org: Org,
  { delivery, hook, result }: { delivery: Delivery; hook: Hook; result: CallResult },
): Promise<void> {
  await inTransaction(org.db, async (tx) => {
    await tx.query('delete from hook_delivery where event_id = $1', [delivery.event_id]);
    await recordEvents(tx, { org }, [
      {
        ...draftHookEvent('event_hook.delivery', hook),
        failure: describeCall(result),
        debugData: { eventHookId: hook.id, eventId: delivery.event_id, attempts: delivery.attempts + 1 },
      },
    ]);
  });
}
