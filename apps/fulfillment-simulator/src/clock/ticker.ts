import { z } from 'zod';

import type { Context } from '../context.ts';
import { nowAtProviderMs, settleShipment } from './settle-shipment.ts';

const due = z.array(z.object({ shipment_id: z.string() }));
const batchSize = 50;

/** Settles what is due and returns how many that were; time passes at the provider whether anybody asks or not. */
export async function settleDueShipments(context: Context): Promise<number> {
  const { rows } = await context.pool.query(
    `select shipment_id from shipments
     where deleted_at is null and not set_by_hand and next_change_ms <= $1 order by next_change_ms limit $2`,
    [await nowAtProviderMs(context), batchSize],
  );
  const shipments = due.parse(rows);
  for (const { shipment_id: shipmentId } of shipments) await settleShipment(context, { shipmentId });
  return shipments.length;
}

const pauseAfterFailureMs = 5_000;

export interface Ticker {
  /** Resolves when the tick under way has ended. */
  stop: () => Promise<void>;
}

/** One light tick for all shipments; it keeps no process alive. */
export function startTicker(context: Context, everyMs: number): Ticker {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    let pauseMs = everyMs;
    try {
      if ((await settleDueShipments(context)) === batchSize) pauseMs = 0;
    } catch (error) {
      context.logger.warn({ err: error }, 'the provider clock could not tick');
      pauseMs = pauseAfterFailureMs;
    }
    wait(pauseMs);
  };
  const wait = (pauseMs: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      underWay = tick();
    }, pauseMs);
    timer.unref();
  };
  wait(everyMs);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
