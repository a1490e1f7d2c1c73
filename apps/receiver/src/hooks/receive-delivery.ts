import type { Context, Delivery, Recorded } from '../context.ts';
import { problem, type Answer } from '../http/answer.ts';
import { readDelivery } from './read-delivery.ts';

/** 5xx is the only answer that Okta tries once more; a 4xx is for what could never succeed. */
const unavailable = problem(503, 'The delivery could not be committed. Send it again.', { 'retry-after': '1' });

/**
 * Takes a delivery whose secret was right: 204 once all of its events are committed, 503 when that cannot be said in
 * time, 400 for what is no delivery. What is committed after the 503 is a duplicate when it comes again.
 */
export async function receiveDelivery(context: Context, tenant: string, body: Buffer): Promise<Answer> {
  const { metrics } = context;
  const stopTimer = metrics.seconds.startTimer();
  const reading = readDelivery(body);
  if (reading.outcome === 'malformed') {
    metrics.deliveries.inc({ outcome: 'malformed' });
    return problem(400, reading.why);
  }
  const { envelopeEventId, events } = reading;
  const recorded = await recordInTime(context, { tenant, envelopeEventId, events });
  stopTimer();
  if (recorded === null) {
    metrics.deliveries.inc({ outcome: 'unavailable' });
    return unavailable;
  }
  report(context, { tenant, envelopeEventId, events }, recorded);
  return { status: 204 };
}

/** @returns null when the ledger failed or did not answer in time */
async function recordInTime(context: Context, delivery: Delivery): Promise<Recorded | null> {
  const { tenant, envelopeEventId } = delivery;
  let timer: NodeJS.Timeout | undefined;
  try {
    const tooLate = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, context.recordTimeoutMs, null);
    });
    const ending = await Promise.race([context.record(delivery), tooLate]);
    if (ending === null) context.logger.error({ tenant, envelopeEventId }, 'the ledger did not answer in time');
    return ending;
  } catch (error) {
    context.logger.error({ err: error, tenant, envelopeEventId }, 'a delivery could not be committed');
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Ids and reasons only: events name people. What is delivered again was told of before. */
function report(
  { metrics, logger }: Context,
  { tenant, envelopeEventId, events }: Delivery,
  { recorded, setAside }: Recorded,
): void {
  metrics.deliveries.inc({ outcome: 'recorded' });
  metrics.events.inc({ tenant, outcome: 'recorded' }, recorded);
  metrics.events.inc({ tenant, outcome: 'duplicate' }, events.length - recorded);
  metrics.events.inc({ tenant, outcome: 'set_aside' }, setAside);
  logger.debug({ tenant, envelopeEventId, events: events.length, recorded }, 'a delivery was recorded');
  if (setAside === 0) return;
  const first = events
    .filter((event) => event.setAside !== null)
    .slice(0, 10)
    .map(({ uuid, setAside: reason }) => ({ uuid, reason }));
  logger.warn({ tenant, envelopeEventId, setAside, first }, 'events were set aside');
}
