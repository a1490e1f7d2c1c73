import type { AcceptedDelivery, ArrivedDelivery } from '@keycourier/ledger/deliveries/accept-deliveries';
import { LateError } from '@keycourier/runtime/group-commits';
import { ShareError } from '@keycourier/runtime/tenant-shares';

import type { Context } from '../context.ts';
import { problem, type Answer } from '../http/answer.ts';
import { deliveryShares } from './limits.ts';
import { readDelivery } from './read-delivery.ts';

/** Okta retries a 5xx answer once, and a 4xx never. */
const unavailable = problem(503, 'The delivery could not be committed. Retry.', { 'retry-after': '1' });

export interface ArrivingDelivery {
  tenant: string;
  /** As declared; infinite where they are not. */
  bytes: number;
  read: () => Promise<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Accepts an authenticated delivery: 204 once it is committed with all of its events, 503 when that is not known in time, 400
 * for a malformed body, 413 for one beyond `deliveryLimits`. Events committed after a 503 are duplicates when Okta retries.
 */
export async function receiveDelivery(context: Context, { tenant, bytes, read }: ArrivingDelivery): Promise<Answer> {
  context.contention.note(tenant);
  try {
    // Reading is part of the share: what a tenant that floods sends waits unread.
    return await context.shares.run(tenant, () => readAndRecord(context, tenant, read()), shareOf(bytes));
  } catch (error) {
    if (!(error instanceof ShareError)) throw error;
    context.metrics.deliveries.inc({ outcome: 'unavailable' });
    return unavailable;
  }
}

/** How much of a tenant's share a delivery takes, by its bytes. */
const shareOf = (bytes: number): number =>
  bytes > deliveryShares.largeBytes
    ? deliveryShares.mostLarge
    : Math.min(Math.max(Math.ceil(bytes / deliveryShares.bytes), 1), deliveryShares.most);

async function readAndRecord(
  context: Context,
  tenant: string,
  body: ReturnType<ArrivingDelivery['read']>,
): Promise<Answer> {
  const { metrics, logger } = context;
  const parsed = await readDelivery(body);
  if (parsed.outcome !== 'parsed') {
    const { outcome, reason, status } = parsed;
    metrics.deliveries.inc({ outcome });
    // Okta never sends it again.
    logger.warn({ tenant, outcome, reason }, 'delivery refused');
    return problem(status, reason);
  }
  const stopTimer = metrics.seconds.startTimer();
  const accepted = await acceptInTime(context, tenant, parsed.delivery);
  stopTimer();
  if (accepted === null) {
    metrics.deliveries.inc({ outcome: 'unavailable' });
    return unavailable;
  }
  report(context, { tenant, ...parsed.delivery }, accepted);
  return { status: 204 };
}

/** @returns null if the ledger failed or did not answer in time */
async function acceptInTime(
  context: Context,
  tenant: string,
  delivery: ArrivedDelivery,
): Promise<AcceptedDelivery | null> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const timeout = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, context.recordTimeoutMs, null);
    });
    const accepted = await Promise.race([context.accept(tenant, delivery), timeout]);
    if (accepted === null) context.outages.failed(new LateError());
    return accepted;
  } catch (error) {
    context.outages.failed(error);
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Logs Okta's id of the delivery and reasons only: all else in an event is text that others wrote. */
function report(
  { metrics, logger }: Context,
  { tenant, envelopeEventId, eventCount }: Pick<ArrivedDelivery, 'envelopeEventId' | 'eventCount'> & { tenant: string },
  { kept, recorded, setAside, reasons }: AcceptedDelivery,
): void {
  const duplicate = eventCount - kept - recorded;
  metrics.deliveries.inc({ outcome: 'recorded' });
  if (kept > 0) metrics.events.inc({ tenant, outcome: 'kept' }, kept);
  if (recorded > 0) metrics.events.inc({ tenant, outcome: 'recorded' }, recorded);
  if (duplicate > 0) metrics.events.inc({ tenant, outcome: 'duplicate' }, duplicate);
  if (setAside > 0) metrics.events.inc({ tenant, outcome: 'set_aside' }, setAside);
  logger.debug({ tenant, envelopeEventId, events: eventCount, kept, recorded }, 'delivery recorded');
  if (setAside === 0) return;
  logger.warn(
    { tenant, envelopeEventId, setAside, reasons: [...new Set(reasons)].slice(0, 10) },
    'events set aside: the API and the command line list them',
  );
}
